import TestSupport
import Testing

extension TacoHelp {
  /// The database answers, and takes no writes.
  @Suite("A database that cannot be written to") struct ReadOnlyTests {
    /// Until it is over, requests get 503 and the server is not ready.
    private func expectUnavailable(_ tenant: Tenant) async throws {
      let client = try tenant.client
      try await eventually("not ready", within: .seconds(10)) {
        try await client.site.get("/readyz").status == 503
      }
      for answer in [
        try await client.get("/tickets"),
        try await client.post(
          "/tickets",
          ["subject": "x", "description": "x", "createdByEmail": "client@example.com"]),
      ] {
        #expect(answer.status == 503)
        #expect(answer.header("Retry-After") == "1")
      }
      #expect(try await client.site.get("/healthz").status == 200)
    }

    private func expectFine(_ tenant: Tenant) async throws {
      let client = try tenant.client
      try await eventually("ready", within: .seconds(10)) {
        try await client.site.get("/readyz").status == 200
      }
      _ = try await tenant.makeTicket()
    }

    @Test("A standby, until it is promoted; the worker's log has a line for each of its chores")
    func standby() async throws {
      try await Tenant.withCluster(arguments: []) { cluster, tenant in
        try await expectFine(tenant)
        try await cluster.stop()
        _ = try cluster.writeFile("data/standby.signal", "")
        try await cluster.start()
        try await expectUnavailable(tenant)
        let program = tenant.server.program
        func complaints(_ what: String) -> Int {
          program.standardError.split(separator: "\n").count {
            // They may have failed in another way before.
            $0.contains("warning") && $0.contains(what) && $0.contains("25006")
          }
        }
        let chores = ["rescue deliveries", "claim deliveries", "cannot listen"]
        // By then, the most frequent have been tried several times.
        try await eventually("chores failed", within: .seconds(30)) {
          let name = #"postgres_errors_total{kind="server",sqlstate="25006"}"#
          let failures = try await tenant.server.metric(name)
          return failures >= 20 && chores.allSatisfy { complaints($0) > 0 }
        }
        for what in chores {
          #expect(complaints(what) == 1, "\(what)\n\(program.standardError)")
        }
        try await cluster.server.psql("select pg_promote()")
        try await expectFine(tenant)
      }
    }

    @Test("A server whose own configuration is read-only, until it no longer is")
    func readOnly() async throws {
      try await Tenant.withCluster(arguments: []) { cluster, tenant in
        for (value, expect) in [("on", expectUnavailable), ("off", expectFine)] {
          try await cluster.server.psql("alter system set default_transaction_read_only = \(value)")
          try await cluster.server.psql("select pg_reload_conf()")
          try await expect(tenant)
        }
      }
    }

    @Test("One that gives out no more transaction ids because of wraparound")
    func wraparound() async throws {
      try await Tenant.withCluster(arguments: []) { cluster, tenant in
        try await expectFine(tenant)
        try await cluster.stop()
        // Fewer than three million before the end.
        try await cluster.setNextTransactionID(2_145_386_496)
        try await cluster.start()
        try await expectUnavailable(tenant)
        let outcome = try await Program.run(
          "org", "create", "--name", "x", "--plan", "pro",
          environment: ["DATABASE_URL": cluster.url()])
        #expect(outcome.status == 69)
        #expect(outcome.complaints.count == 1)
      }
    }
  }
}
