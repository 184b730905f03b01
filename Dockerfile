FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq-dev libssl-dev pkg-config zlib1g-dev \
    && apt-get clean && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# The packages that we depend on are fetched in a layer that changes with Package.swift alone. They
# are not built in it: the compiler's records do not hold across layers, all would be built again.
COPY Package.swift ./
RUN swift package resolve

# Nothing of Tests is built, but the manifest names its folders.
COPY Plugins Plugins
COPY Sources Sources
COPY Tests Tests
COPY sql sql
COPY openapi.yaml ./
COPY docs/receivers docs/receivers
RUN swift build -c release --product tacohelp --static-swift-stdlib \
      -Xswiftc -cross-module-optimization \
    && strip -o /usr/local/bin/tacohelp .build/release/tacohelp

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libpq5 libssl3 libstdc++6 zlib1g \
    && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/tacohelp /usr/local/bin/
# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001
ENV HOST=0.0.0.0 LOG_FORMAT=json
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["tacohelp", "health"]
ENTRYPOINT ["tacohelp"]
CMD ["serve"]
