import Testing

extension TacoHelp {
  @Suite("Metrics") struct MetricsTests {
    /// A sample of the text format: name, labels, value.
    private struct Sample {
      let name: String
      let labels: [String: String]
      let value: Double
    }

    private func parse(_ line: Substring) -> Sample? {
      let form = /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)/
      guard let match = line.wholeMatch(of: form),
        let value = match.3 == "+Inf" ? .infinity : Double(match.3)
      else { return nil }
      var labels: [String: String] = [:]
      var rest = match.2 ?? ""
      while let label = rest.prefixMatch(
        of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)",?/)
      {
        labels[String(label.1)] = String(label.2)
        rest = rest[label.range.upperBound...]
      }
      return rest.isEmpty ? Sample(name: String(match.1), labels: labels, value: value) : nil
    }

    @Test("They are Prometheus text, with a histogram of requests by route and status")
    func text() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket().id
      _ = try await tenant.client.get("/tickets/\(ticket)?marker=plantedInQuery")
      _ = try await tenant.client.get("/planted-path/\(ticket)")
      _ = try await tenant.client.send("PATCH", "/tickets/\(ticket)", body: Array("{".utf8))
      let answer = try await tenant.client.get("//metrics")
      #expect(answer.status == 200)
      #expect(answer.header("Content-Type")?.hasPrefix("text/plain") == true)
      #expect(answer.body.hasSuffix("\n"))
      for secret in [tenant.key, tenant.id, ticket, "planted"] {
        #expect(!answer.body.contains(secret))
      }
      var types: [String: String] = [:]
      var samples: [Sample] = []
      for line in answer.body.split(separator: "\n") {
        if let type = line.wholeMatch(
          of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)/)
        {
          #expect(types[String(type.1)] == nil, "\(line)")
          types[String(type.1)] = String(type.2)
        } else if !line.hasPrefix("# HELP ") {
          let sample = try #require(parse(line), "\(line)")
          let family = sample.name.replacing(/_(bucket|sum|count)$/, with: "")
          #expect(types[sample.name] != nil || types[family] == "histogram", "\(line)")
          samples.append(sample)
        }
      }
      #expect(types["http_request_duration_seconds"] == "histogram")
      let route = "/api/external/tickets/{ticketId}"
      for (method, status) in [("GET", "200"), ("PATCH", "400")] {
        let own = samples.filter {
          $0.labels["route"] == route && $0.labels["status"] == status
            && $0.labels["method"] == method
        }
        let buckets = own.filter { $0.name == "http_request_duration_seconds_bucket" }
        let count = try #require(own.first { $0.name == "http_request_duration_seconds_count" })
        #expect(count.value >= 1)
        #expect(own.contains { $0.name == "http_request_duration_seconds_sum" && $0.value > 0 })
        #expect(buckets.last?.labels["le"] == "+Inf")
        #expect(buckets.last?.value == count.value)
        #expect(buckets.map(\.value) == buckets.map(\.value).sorted())
      }
    }

    @Test("What is counted is there from the start, at zero")
    func zeros() async throws {
      let stage = try Stage.require()
      try await Server.with(stage.databaseURL) { server in
        let lines = try await server.client().get("//metrics").body.split(separator: "\n")
        for name in [
          "api_keys_throttled_total", "rate_limit_refusals_total", "log_lines_dropped_total",
          "http_connections_refused_total", "http_readers_stalled_total",
          #"http_messages_refused_total{status="400"}"#,
          #"http_messages_refused_total{status="408"}"#,
          #"http_messages_refused_total{status="431"}"#,
          #"http_messages_refused_total{status="501"}"#,
          #"http_messages_refused_total{status="505"}"#, "postgres_connections_lost_total",
          #"postgres_errors_total{kind="timeout"}"#,
          #"postgres_errors_total{kind="cannot_connect"}"#,
          #"console_sign_ins_total{outcome="refused"}"#, "metrics_series_dropped_total",
        ] {
          #expect(lines.contains("\(name) 0"), "\(name)")
        }
      }
    }

    @Test("Refusals of the limiter, the pool and the database's errors are counted")
    func names() async throws {
      let tenant = try await Tenant.make(rateLimit: 1)
      func refusals() async throws -> Double {
        let body = try await tenant.client.get("//metrics").body
        let line = body.split(separator: "\n").first { $0.hasPrefix("rate_limit_refusals_total ") }
        return line.flatMap { parse($0)?.value } ?? 0
      }
      let before = try await refusals()
      for _ in 0..<4 { _ = try await tenant.client.get("/tickets") }
      #expect(try await refusals() >= before + 3)
      let body = try await tenant.client.get("//metrics").body
      #expect(body.contains("postgres_connections"))
    }
  }
}
