import TestSupport
import Testing

extension TacoHelp {
  @Suite("Settings → People") struct PeoplePagesTests {
    static let form = [
      ("name", "Jo Newcomer"), ("email", "jo@taco.example"), ("role", "agent"),
    ]

    @Test("Every faulty field is marked, what was typed stays, and an address is given once")
    func faults() async throws {
      let tenant = try await Tenant.make()
      _ = try await tenant.makeTicket()
      var admin = try await tenant.browser(tenant.admin)
      let answer = try await admin.create(
        "people", [("name", " "), ("email", "\"\u{301}><script>"), ("role", "client")])
      #expect(answer.status == 422)
      for fault in ["name-fault", "email-fault", "role-fault"] {
        #expect(answer.body.contains("id=\"\(fault)\""), "\(fault)")
      }
      #expect(answer.body.contains("value=\"&quot;\u{301}&gt;&lt;script&gt;\""))
      for (email, words) in [
        ("CLIENT@example.com", "A client has this address"),
        ("\(tenant.admin)@STAFF.example", "Somebody on the list of people has this address"),
      ] {
        let taken = try await admin.create(
          "people", [("name", "Kept"), ("email", email), ("role", "admin")])
        #expect(taken.status == 422)
        #expect(taken.body.contains(words))
        #expect(
          taken.body.contains("value=\"Kept\"") && taken.body.contains("value=\"admin\" checked"))
      }
      let count = try await tenant.sql.int(
        "select count(*) from helpdesk.invitations where org_id = '\(tenant.id)'")
      #expect(count == 0)
    }

    @Test("A role holds from the next request on; who loses access is out at the next")
    func roleAndAccess() async throws {
      let tenant = try await Tenant.make()
      var admin = try await tenant.browser(tenant.admin)
      var agent = try await tenant.browser(tenant.agent)
      let path = "/settings/people/\(tenant.agent)"
      #expect(try await agent.open("/settings/people/new").status == 403)
      try await admin.open(path)
      let promoted = try await admin.send("\(path)/role", [("role", "admin")])
      #expect(promoted.location == "/settings/people")
      #expect(try await admin.open("/settings/people").body.contains("The role is changed"))
      #expect(try await agent.open("/settings/people/new").status == 200)
      let form = Self.form
      try await admin.open(path)
      try await admin.send("\(path)/role", [("role", "agent")])
      // The page that it opened as an admin does nothing any more.
      #expect(try await agent.send("/settings/people", form).status == 403)
      #expect(try await admin.open("\(path)/remove").body.contains("is signed out everywhere"))
      #expect(try await agent.open("/settings/account").status == 200)
      #expect(try await admin.send("\(path)/remove").location == "/settings/people")
      #expect(try await admin.open("/settings/people").body.contains("The access is removed"))
      #expect(try await agent.open("/settings/account").location == "/sign-in")
      #expect(try await agent.signIn("\(tenant.agent)@staff.example").status == 422)
      let trail = try await tenant.sql.run(
        """
        select string_agg(action || coalesce(' ' || detail, ''), ', ' order by id)
          from helpdesk.audit_events
         where org_id = '\(tenant.id)' and actor_id = '\(tenant.admin)' and address = '\(admin.address)'
        """)
      #expect(trail == "user.role_changed admin, user.role_changed agent, user.access_removed")
    }

    @Test("The last admin loses neither role nor access")
    func lastAdmin() async throws {
      let tenant = try await Tenant.make()
      var admin = try await tenant.browser(tenant.admin)
      let path = "/settings/people/\(tenant.admin)"
      for (action, fields) in [("role", [("role", "agent")]), ("remove", [])] {
        try await admin.open(path)
        let answer = try await admin.send("\(path)/\(action)", fields)
        #expect(answer.status == 409)
        #expect(answer.body.contains("The last admin stays an admin"))
      }
      #expect(try await admin.open("/settings/people/new").status == 200)
    }

    @Test("Long lists come in pages")
    func pages() async throws {
      let tenant = try await Tenant.make()
      try await tenant.sql.run(
        """
        select count(ops.create_user('\(tenant.id)', n || '@taco.example', 'Person ' || n, 'agent'))
          from generate_series(100, 199) n
        """)
      var agent = try await tenant.browser(tenant.agent)
      let pages = try await agent.pages(
        from: "/settings/people", /href="(\/settings\/people\?after=[^"]*)"/)
      let names = pages.map { $0.body.matches(of: /<h2>([^<]*)<\/h2>/).map { String($0.1) } }
      #expect(names.map(\.count) == [50, 50, 2])
      #expect(
        try await agent.open("/settings/people?after=\(Subjects.nobody.ticket)").status == 200)
      #expect(try await agent.open("/settings/people?after=x").status == 400)
      #expect(Set(names.flatMap { $0 }).count == 102)
    }
  }
}
