import TestSupport
import Testing

extension TacoHelp {
  @Suite("Settings → Audit trail") struct AuditPagesTests {
    @Test("It is filtered by action and person, and keeps the filters from page to page")
    func filters() async throws {
      let tenant = try await Tenant.make()
      try await tenant.sql.run(
        """
        select count(ops.create_api_key('\(tenant.id)', 'key ' || n, '{*}'))
          from generate_series(1, 119) n
        """)
      var admin = try await tenant.browser(tenant.admin)
      try await admin.open("/settings/account")
      try await admin.send("/sign-out-everywhere")
      try await admin.signIn("\(tenant.admin)@staff.example")
      let query = "action=api_key.created&person=operator"
      let pages = try await admin.pages(
        from: "/settings/audit?\(query)", /href="(\/settings\/audit\?[^"]*before=[^"]*)"/)
      let keys = pages.map { page in
        #expect(page.body.contains("<option value=\"api_key.created\" selected>"))
        #expect(page.body.contains("<option value=\"operator\" selected>"))
        let keys = page.body.matches(of: /created the API key <strong>([^<]*)</).map { $0.1 }
        #expect(page.body.ranges(of: "<li>\n<p><strong>").count == keys.count)
        return keys
      }
      #expect(keys.map(\.count) == [50, 50, 20])
      #expect(Set(keys.flatMap { $0 }).count == 120)
      let own = try await admin.open("/settings/audit?person=\(tenant.admin)").body
      #expect(own.contains("signed out everywhere") && own.contains("from \(admin.address)"))
      #expect(!own.contains("<strong>an operator</strong>"))
      let none = try await admin.open("/settings/audit?action=user.joined&person=\(tenant.admin)")
      #expect(none.body.contains("Nothing like this was changed."))
      for query in ["action=%3Cscript%3E", "person=%27", "before=%27%20or%20true", "before=zzz"] {
        #expect(try await admin.open("/settings/audit?\(query)").status == 200)
      }
    }

    @Test("It shows only the organization's events, and nobody changes it")
    func closed() async throws {
      let (tenant, other) = (try await Tenant.make(), try await Tenant.make())
      var agent = try await tenant.browser(tenant.agent)
      let foreign = try await agent.open("/settings/audit?person=\(other.admin)").body
      #expect(foreign.contains("Nothing like this was changed."))
      #expect(!foreign.contains(other.admin))
      let events = """
        select string_agg(a::text, ';' order by id) from helpdesk.audit_events a
         where org_id = '\(tenant.id)'
        """
      let before = try await tenant.sql.run(events)
      #expect(before.contains("organization.created"))
      #expect(try await agent.send("/settings/audit").status == 405)
      for method in ["PUT", "PATCH", "DELETE"] {
        #expect(try await tenant.server.site.send(method, "/settings/audit").status != 200)
      }
      #expect(try await tenant.sql.run(events) == before)
    }

    @Test("Sign-ins are counted by outcome")
    func metrics() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      func count(_ outcome: String) async throws -> Double {
        try await tenant.server.metric("console_sign_ins_total{outcome=\"\(outcome)\"}")
      }
      let outcomes: KeyValuePairs = ["succeeded": 1.0, "refused": 10, "throttled": 1]
      var before: [Double] = []
      for (outcome, _) in outcomes { before.append(try await count(outcome)) }
      var browser = try Browser()
      try await browser.signIn(email)
      browser = try Browser()
      for _ in 0..<11 { try await browser.signIn("nobody@staff.example", password: "wrong") }
      for ((outcome, least), before) in zip(outcomes, before) {
        #expect(try await count(outcome) - before >= least, "\(outcome)")
      }
    }
  }
}
