import Foundation
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  /// `deploy/`, with Prometheus's own programs.
  @Suite("Alerts and the dashboard") struct MonitoringTests {
    private static let rules = Repository.path("deploy/prometheus/alerts.yml")

    @Test("Each alert fires for its example, and not for the one beside it")
    func examples() async throws {
      try await TestProcess.run("promtool", ["check", "rules", "--lint-fatal", Self.rules])
      let tests = Repository.path("deploy/prometheus/alerts-test.yml")
      try await TestProcess.run("promtool", ["test", "rules", tests])
      let alerts = Set(try Repository.text("deploy/prometheus/alerts.yml").lines("- alert: "))
      let examples = try Repository.text("deploy/prometheus/alerts-test.yml").lines("- name: ")
      let expected = alerts.flatMap { ["\($0) fires", "\($0) stays quiet"] }
      #expect(examples.sorted() == expected.sorted())
    }

    /// Every expression of the dashboard, its variables filled in.
    private func dashboard() throws -> [String] {
      let dashboard = try JSON(parsing: Repository.text("deploy/grafana/tacohelp.json"))
      let panels = dashboard["panels"]?.items ?? []
      return panels.flatMap { $0["targets"]?.items ?? [] }.compactMap { $0["expr"]?.string }.map {
        $0.replacing("$__rate_interval", with: "5m").replacing("$job", with: "tacohelp")
          .replacing("$instance", with: ".*")
      }
    }

    @Test("The dashboard's queries are queries, of metrics that servers have")
    func queries() async throws {
      let expressions = try dashboard()
      #expect(expressions.count > 20)
      try await TemporaryDirectory.with { directory in
        let file = directory.appending(path: "dashboard.yml")
        let rules = expressions.enumerated().map { index, expression in
          "      - {record: dashboard:\(index), expr: '\(expression)'}"
        }
        let text = "groups:\n  - name: dashboard\n    rules:\n" + rules.joined(separator: "\n")
        try Data(text.utf8).write(to: file)
        try await TestProcess.run("promtool", ["check", "rules", file.path])
      }
      let documented = try Repository.text("docs/operations.md")
      let alerts = try Repository.text("deploy/prometheus/alerts.yml")
      let used = Set(
        (expressions + [alerts]).flatMap { text in
          text.matches(of: /([a-z][a-z_]+)\{/).map { String($0.1).withoutHistogramSuffix }
        })
      #expect(used.count > 20)
      let tenant = try await Tenant.make(rateLimit: 1)
      for _ in 0..<2 { _ = try await tenant.client.get("/tickets") }
      let exposed = try await tenant.client.site.get("/metrics").body
      // A series without an event yet may be missing; docs/operations.md then has its name.
      for name in used.subtracting(["up"]) {
        #expect(exposed.contains("# TYPE \(name) ") || documented.contains("`\(name)`"), "\(name)")
      }
      #expect(exposed.contains("tacohelp_build_info{version=\"0.1.0\"} 1\n"))
    }

    @Test("Prometheus finds nothing wrong with a server's metrics")
    func metrics() async throws {
      let tenant = try await Tenant.make()
      _ = try await tenant.makeTicket()
      let metrics = try await tenant.server.site.get("/metrics").body
      try await TestProcess.run("promtool", ["check", "metrics"], input: metrics)
    }

    @Test("In Prometheus, an alert fires for what has just happened")
    func firing() async throws {
      try await Sending.with(answers: [.reply(410)]) { sending, receiver in
        try await TemporaryDirectory.with { directory in
          let (port, server) = (try FreePort.find(), sending.tenant.server.port)
          let configuration = """
            global: {scrape_interval: 200ms, evaluation_interval: 200ms}
            rule_files: ['\(Self.rules)']
            scrape_configs:
              - job_name: tacohelp
                static_configs: [{targets: ['127.0.0.1:\(server)']}]
            """
          let file = directory.appending(path: "prometheus.yml")
          try Data(configuration.utf8).write(to: file)
          let prometheus = try await TestProcess(
            "prometheus",
            [
              "--config.file=\(file.path)", "--web.listen-address=127.0.0.1:\(port)",
              "--storage.tsdb.path=\(directory.appending(path: "data").path)",
            ])
          func query(_ path: String) async throws -> String {
            try await TestProcess.run("curl", ["-fsS", "http://127.0.0.1:\(port)/api/v1/\(path)"])
          }
          try await prometheus.stopping {
            try await eventually("the counter has been read", within: .seconds(20)) {
              (try? await query("query?query=webhook_endpoints_disabled_total"))?
                .contains("\"reason\":\"gone\"") == true
            }
            _ = try await sending.endpoint(receiver)
            _ = try await sending.tenant.makeTicket()
            try await eventually("the alert fires", within: .seconds(20)) {
              let alerts = try await query("alerts")
              return alerts.contains("TacoHelpEndpointDisabled") && alerts.contains("\"firing\"")
            }
          }
        }
      }
    }
  }
}

extension String {
  /// The rest of each line that begins with `prefix`.
  fileprivate func lines(_ prefix: String) -> [String] {
    split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }
  }

  fileprivate var withoutHistogramSuffix: String {
    replacing(/_(bucket|sum|count)$/, with: "")
  }
}
