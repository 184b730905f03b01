// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]
/// Of what serves: an asynchronous function runs where its caller does, which spares a request a dozen
/// questions of where to.
let serving = settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

/// For the executable. Exporting no symbols and packing its relocations, which takes glibc 2.36, saves a
/// server 7 MB of memory.
let linking: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "--no-export-dynamic",
      "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
    ], .when(configuration: .release))
]

func log() -> Target.Dependency { .product(name: "Logging", package: "swift-log") }
func metrics() -> Target.Dependency { .product(name: "Metrics", package: "swift-metrics") }
func httpTypes() -> Target.Dependency {
  .product(name: "HTTPTypes", package: "swift-http-types")
}
func lifecycle() -> Target.Dependency {
  .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
}

let package = Package(
  name: "tacohelp",
  products: [.executable(name: "tacohelp", targets: ["tacohelp"])],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/swift-mustache.git", exact: "2.1.1"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
    // Without traits, whose order in the compiler's arguments changes from build to build.
    .package(url: "https://github.com/apple/swift-configuration.git", exact: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-system.git", exact: "1.8.1"),
    // Without its conveniences for Foundation.
    .package(
      url: "https://github.com/swiftlang/swift-subprocess.git", exact: "1.0.2", traits: []),
  ],
  targets: [
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "Embedded",
      exclude: ["assets", "openapi.yaml", "receivers", "sql", "templates"],
      plugins: ["EmbedFiles"]),
    .plugin(name: "EmbedFiles", capability: .buildTool(), exclude: ["embed.sh"]),
    .target(
      name: "OpenAPI", dependencies: ["Embedded", .product(name: "Yams", package: "Yams")],
      swiftSettings: serving),
    .target(
      name: "Postgres",
      dependencies: [
        "CLibPQ", log(), metrics(), lifecycle(),
        .product(name: "DequeModule", package: "swift-collections"),
      ], swiftSettings: serving),
    .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: serving),
    .target(
      name: "Helpdesk",
      dependencies: ["Postgres", "Cryptography", "Embedded", log(), metrics()],
      swiftSettings: serving),
    .target(
      name: "HTTPServer",
      dependencies: [
        log(), metrics(), lifecycle(), httpTypes(),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOExtras", package: "swift-nio-extras"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: serving),
    .target(
      name: "API",
      dependencies: [
        "HTTPServer", "Helpdesk", "Postgres", "Cryptography", "CZlib", "OpenAPI", httpTypes(),
        log(),
        metrics(), .product(name: "NIOCore", package: "swift-nio"),
      ], swiftSettings: serving),
    .target(
      name: "Console",
      dependencies: [
        "Embedded", "HTTPServer", "Helpdesk", "OpenAPI", "Postgres", "Cryptography",
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "Yams", package: "Yams"), httpTypes(), log(), metrics(),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: serving),
    .target(
      name: "Webhooks",
      dependencies: [
        "Helpdesk", "Postgres", "Cryptography", log(), metrics(), lifecycle(),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
      ], swiftSettings: serving),
    .target(
      name: "Observability",
      dependencies: [log(), .product(name: "CoreMetrics", package: "swift-metrics")],
      swiftSettings: serving),
    .executableTarget(
      name: "tacohelp",
      dependencies: [
        "API", "Console", "HTTPServer", "Helpdesk", "Webhooks", "Observability", "Postgres",
        "Cryptography", "CMalloc", httpTypes(),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"), log(),
        .product(name: "CoreMetrics", package: "swift-metrics"), lifecycle(),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "NIOCore", package: "swift-nio"),
      ], swiftSettings: serving, linkerSettings: linking),
    .target(
      name: "TestSupport",
      dependencies: [
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "TestReceivers",
      dependencies: [
        "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ], path: "Tests/TestReceivers", swiftSettings: settings),
    .testTarget(
      name: "PostgresTests", dependencies: ["Postgres", "TestSupport", log(), lifecycle()],
      swiftSettings: settings),
    .testTarget(
      name: "CryptographyTests", dependencies: ["Cryptography", "COpenSSL"],
      swiftSettings: settings),
    .testTarget(name: "EmbeddedTests", dependencies: ["Embedded"], swiftSettings: settings),
    .testTarget(
      name: "HelpdeskTests",
      dependencies: ["Helpdesk", "Postgres", "Cryptography", "TestSupport", log()],
      swiftSettings: settings),
    .testTarget(
      name: "ConsoleTests",
      dependencies: [
        "Console", "Embedded", "Cryptography", "HTTPServer", "Helpdesk", "OpenAPI", "Postgres",
        "TestSupport", httpTypes(), .product(name: "Yams", package: "Yams"),
      ], swiftSettings: settings),
    .testTarget(
      name: "HTTPServerTests",
      dependencies: [
        "HTTPServer", "TestSupport", httpTypes(), log(),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: settings),
    .testTarget(
      name: "APITests",
      dependencies: [
        "API", "HTTPServer", "Helpdesk", "OpenAPI", "Postgres", "TestSupport", httpTypes(), log(),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: settings),
    .testTarget(
      name: "WebhooksTests",
      dependencies: [
        "Webhooks", "Helpdesk", "Postgres", "Cryptography", "TestReceivers", "TestSupport", log(),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ], swiftSettings: settings),
    .testTarget(
      name: "ObservabilityTests",
      dependencies: [
        "Observability", log(), .product(name: "CoreMetrics", package: "swift-metrics"),
      ], swiftSettings: settings),
    .testTarget(
      name: "TacohelpTests", dependencies: ["tacohelp", "Webhooks", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "BlackBoxTests",
      dependencies: [
        "TestReceivers", "TestSupport", "tacohelp",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)

// For sanitizers, which build everything anew: only what calls C or has locks of its own, and its tests.
if Context.environment["TACOHELP_SANITIZED"] != nil {
  let sanitized: Set<String> = [
    "CLibPQ", "COpenSSL", "Postgres", "Cryptography", "Observability", "TestSupport",
    "PostgresTests",
    "CryptographyTests", "ObservabilityTests",
  ]
  package.targets.removeAll { !sanitized.contains($0.name) }
  package.products = []
}
