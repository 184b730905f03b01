import TestSupport
import Testing

extension TacoHelp {
  @Suite("Metrics") struct MetricsTests {
    /// MonitoringTests checks that Prometheus can read them.
    @Test("They have a histogram of requests by route and status, and no personal data")
    func text() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket().id
      _ = try await tenant.client.get("/tickets/\(ticket)?marker=plantedInQuery")
      _ = try await tenant.client.get("/planted-path/\(ticket)")
      _ = try await tenant.client.send("PATCH", "/tickets/\(ticket)", body: Array("{".utf8))
      let answer = try await tenant.client.site.get("/metrics")
      #expect(answer.status == 200)
      #expect(answer.header("Content-Type")?.hasPrefix("text/plain") == true)
      for secret in [tenant.key, tenant.id, ticket, "planted"] {
        #expect(!answer.body.contains(secret))
      }
      #expect(answer.body.contains("# TYPE http_request_duration_seconds histogram"))
      for (method, status) in [("GET", "200"), ("PATCH", "400")] {
        let own = answer.body.split(separator: "\n").filter { line in
          [
            #"route="/api/external/tickets/{ticketId}""#, #"status="\#(status)""#,
            #"method="\#(method)""#,
          ]
          .allSatisfy { line.contains($0) }
        }
        func values(_ suffix: String) -> [Double] {
          own.filter { $0.hasPrefix("http_request_duration_seconds_\(suffix){") }
            .compactMap { Double($0.split(separator: " ").last ?? "") }
        }
        let (buckets, count) = (values("bucket"), values("count"))
        #expect(own.contains { $0.contains(#"le="+Inf""#) })
        #expect(count.count == 1 && count[0] >= 1 && values("sum")[0] > 0)
        #expect(buckets == buckets.sorted() && buckets.last == count[0])
      }
    }

    @Test("Counters are there from the start, at zero")
    func zeros() async throws {
      let stage = try Stage.require()
      try await Server.with(stage.databaseURL) { server in
        let lines = try await server.site.get("/metrics").body.split(separator: "\n")
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
        try await tenant.server.metric("rate_limit_refusals_total")
      }
      let before = try await refusals()
      for _ in 0..<4 { _ = try await tenant.client.get("/tickets") }
      #expect(try await refusals() >= before + 3)
      let body = try await tenant.client.site.get("/metrics").body
      #expect(body.contains("postgres_connections"))
    }
  }
}
