import TestSupport
import Testing

extension TacoHelp {
  @Suite("As many endpoints as there may be") struct EndpointLimitTests {
    private static let words = "has 50 webhook endpoints already, and may have 50; delete one"

    private static func fill(_ tenant: Tenant, _ count: Int) async throws {
      try await tenant.sql.run(
        """
        select count(e) from generate_series(1, \(count)) n
         cross join lateral ops.create_endpoint(
           '\(tenant.id)', 'https://example.com/' || n, '{ticket.created}') e
        """)
    }

    @Test("The 51st is refused by the command, the console and psql, which say what to do")
    func most() async throws {
      let tenant = try await Tenant.make()
      try await Self.fill(tenant, 50)
      let command = try await Operator().run(
        [
          "webhook", "create", "--org", tenant.id, "--url", "https://192.0.2.1/", "--events",
          "ticket.created",
        ], environment: ["WEBHOOK_ALLOWED_NETWORKS": "192.0.2.0/24"])
      #expect(command.status == 64)
      #expect(command.complaints.count == 1)
      #expect(command.complaints.first?.contains(Self.words) == true)

      let refusal = await #expect(throws: TestError.self) { try await tenant.makeEndpoint() }
      #expect(refusal?.description.contains(Self.words) == true)

      var browser = try await tenant.browser(tenant.admin)
      let fields = [("url", Tenant.endpointURL), ("events", "ticket.merged")]
      let page = try await browser.create("webhooks", fields)
      #expect(page.status == 422)
      #expect(page.body.contains("at most 50 endpoints"))
      #expect(page.body.contains("value=\"\(Tenant.endpointURL)\""))
      #expect(page.body.contains("value=\"ticket.merged\" checked"))

      try await tenant.sql.run(
        """
        select ops.delete_endpoint(endpoint_id) from ops.endpoints
         where org_id = '\(tenant.id)' limit 1
        """)
      #expect(try await browser.create("webhooks", fields).status == 303)
    }

    @Test("When one endpoint is left, the second request waits for the first, and is refused then")
    func last() async throws {
      let tenant = try await Tenant.make()
      try await Self.fill(tenant, 49)
      let create = """
        select endpoint_id from ops.create_endpoint(
          '\(tenant.id)', 'https://example.com/', '{ticket.created}')
        """
      let first = PsqlSession(tenant.stage.databaseURL)
      let second = PsqlSession(tenant.stage.databaseURL)
      try await first.run("begin; \(create)")
      async let answer = {
        do { return try await second.run(create) } catch { return "\(error)" }
      }()
      try await eventually("the second waits") {
        try await tenant.sql.int(
          """
          select count(*) from pg_stat_activity
           where wait_event_type = 'Lock' and query like '%\(tenant.id)%'
          """) == 1
      }
      try await first.run("commit")
      let words = await answer
      #expect(words.contains(Self.words))
      #expect(
        try await tenant.sql.int(
          "select count(*) from ops.endpoints where org_id = '\(tenant.id)'") == 50)
    }
  }
}
