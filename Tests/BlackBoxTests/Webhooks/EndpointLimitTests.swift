import TestSupport
import Testing

extension TacoHelp {
  @Suite("As many endpoints as there may be") struct EndpointLimitTests {
    @Test("The 51st is refused by the command, the console and psql, which say what to do")
    func most() async throws {
      let tenant = try await Tenant.make()
      try await tenant.stage.sql.run(
        """
        select count(e) from generate_series(1, 50) n
         cross join lateral ops.create_endpoint(
           '\(tenant.id)', 'https://example.com/' || n, '{ticket.created}') e
        """)
      let words = "has 50 webhook endpoints already, and may have 50; delete one"

      let command = try await Operator().run(
        [
          "webhook", "create", "--org", tenant.id, "--url", "https://192.0.2.1/", "--events",
          "ticket.created",
        ], environment: ["WEBHOOK_ALLOWED_NETWORKS": "192.0.2.0/24"])
      #expect(command.status == 64)
      #expect(command.complaints.count == 1)
      #expect(command.complaints.first?.contains(words) == true)

      let refusal = await #expect(throws: TestError.self) { try await tenant.makeEndpoint() }
      #expect(refusal?.description.contains(words) == true)

      var browser = try await tenant.browser(tenant.admin)
      let form = try await browser.open("/settings/webhooks/new")
      let fields = [
        ("submission", form.field("submission") ?? ""), ("url", Tenant.endpointURL),
        ("events", "ticket.merged"),
      ]
      let page = try await browser.send("/settings/webhooks", fields)
      #expect(page.status == 422)
      #expect(page.body.contains("at most 50 endpoints"))
      #expect(page.body.contains("value=\"\(Tenant.endpointURL)\""))
      #expect(page.body.contains("value=\"ticket.merged\" checked"))

      try await tenant.stage.sql.run(
        """
        select ops.delete_endpoint(endpoint_id) from ops.endpoints
         where org_id = '\(tenant.id)' limit 1
        """)
      #expect(try await browser.send("/settings/webhooks", fields).status == 303)
    }
  }
}
