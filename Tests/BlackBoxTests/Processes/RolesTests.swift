import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  /// Roles as docs/operations.md sets them up. The other suites' servers have the same rights through
  /// `set role`.
  @Suite("Roles") struct RolesTests {
    private static func url(_ cluster: TestCluster, _ login: String) -> String {
      "postgresql://\(login)@127.0.0.1:\(cluster.port)/helpdesk"
    }

    /// Lends a server whose login may do only what servers need, on a database that the owner migrated.
    private func withServer(
      _ body: @Sendable (TestCluster, Tenant) async throws -> Void
    ) async throws {
      try await TestCluster.with { cluster in
        try await cluster.server.psql(Repository.text("sql/roles.sql"))
        try await cluster.server.psql(
          """
          create role migrator login in role tacohelp_owner;
          alter role migrator set role = 'tacohelp_owner';
          create role server login in role tacohelp_app;
          create role operator login in role tacohelp_ops;
          """)
        try await cluster.server.psql("create database helpdesk owner tacohelp_owner")
        let migration = try await Program.run(
          "migrate", environment: ["DATABASE_URL": Self.url(cluster, "migrator")])
        #expect(migration.status == 0, "\(migration)")
        // A function that hides one of PostgreSQL's own is not called.
        try await TestServer(url: cluster.url(database: "helpdesk")).psql(
          """
          create function public.clock_timestamp() returns timestamptz language plpgsql
          as $$ begin raise exception 'another''s function was called'; end $$;
          grant usage on schema public to public;
          alter role server set search_path = public, pg_catalog;
          """)
        try await Tenant.withServer(
          Self.url(cluster, "server"), of: cluster.url(database: "helpdesk"), rateLimit: 1000,
          environment: Sending.settings
        ) { try await body(cluster, $0) }
      }
    }

    @Test("A server with the rights of tacohelp_app answers, shows its pages, sends and cleans up")
    func server() async throws {
      try await withServer { cluster, tenant in
        try await Receiver.run { receiver in
          try await use(cluster, tenant, receiver)
        }
      }
    }

    private func use(_ cluster: TestCluster, _ tenant: Tenant, _ receiver: Receiver) async throws {
      let made = try await command(
        cluster, "webhook", "create", "--org", tenant.id, "--url",
        "http://127.0.0.1:\(receiver.port)/hook", "--events", "ticket.created")
      #expect(made.contains("\twhsec_"))
      let ticket = try await tenant.makeTicket().id
      _ = try await tenant.makeComment(ticket)
      let conversation = try await tenant.makeConversation().id
      _ = try await tenant.makeMessage(conversation)
      #expect(try await tenant.client.get("/tickets/\(ticket)").status == 200)
      try await eventually("the webhook arrived") { receiver.requests.count == 1 }
      try await eventually("its delivery is recorded") {
        try await tenant.sql.run("select state from helpdesk.deliveries") == "succeeded"
      }

      var browser = try await tenant.browser(tenant.admin)
      let answer = try await browser.create("api-keys", APIKeyPagesTests.form)
      let key: String = try #require(answer.key)
      let client = try tenant.server.client(key)
      #expect(try await client.get("/tickets").status == 200)
      for path in ["/readyz", "/metrics"] {
        #expect(try await client.site.get(path).status == 200)
      }
      try await eventually("the queue was measured", within: .seconds(20)) {
        try await client.site.get("/metrics").body.contains("webhook_oldest_due_seconds")
      }
      #expect(try await command(cluster, "key", "list", "--org", tenant.id).contains("Nightly"))
      let log = tenant.server.program.standardError
      #expect(!log.contains("permission denied") && !log.contains(" warning "), "\(log)")
    }

    /// Runs a command as an operator.
    private func command(_ cluster: TestCluster, _ arguments: String...) async throws -> String {
      let outcome = try await Program.run(
        arguments,
        environment: ["DATABASE_URL": Self.url(cluster, "operator")].merging(Sending.settings) {
          $1
        })
      #expect(outcome.status == 0, "\(outcome)")
      return outcome.line
    }
  }
}
