import TestSupport
import Testing

extension TacoHelp {
  @Suite("tacohelp org and user") struct OrganizationCommandTests {
    @Test("org create prints the id alone", arguments: ["free", "pro", "enterprise", "PRO"])
    func create(plan: String) async throws {
      let person = try Operator()
      let outcome = try await person.run("org", "create", "--name", "Äcme", "--plan", plan)
      #expect(outcome.status == 0)
      #expect(outcome.standardOutput.wholeMatch(of: /c[a-z0-9]{24}\n/) != nil)
      #expect(outcome.standardError == "")
      let row = try await person.stage.sql.run(
        "select name, plan from helpdesk.organizations where id = '\(outcome.line)'")
      #expect(row == "Äcme|\(plan.uppercased())")
    }

    @Test("From nothing to a ticket by commands alone")
    func everything() async throws {
      let person = try Operator()
      let org = try await person.run("org", "create", "--name", "Acme", "--plan", "pro").line
      let user = try await person.run(
        "user", "create", "--org", org, "--email", "jo@acme.example", "--name", "Jo", "--role",
        "agent", input: "correct horse battery staple\n")
      #expect(user.status == 0)
      #expect(user.standardOutput.wholeMatch(of: /c[a-z0-9]{24}\n/) != nil)
      let key = try await person.run(
        "key", "create", "--org", org, "--name", "demo", "--scopes", "*"
      ).line
      let client = try person.stage.server.client(key)
      let body: JSON = ["subject": "x", "description": "y", "createdByEmail": "a@b.example"]
      let ticket = try await client.post("/tickets", body)
      #expect(ticket.status == 201)
      let assigned = try await client.patch(
        "/tickets/\(ticket.json.id)", ["assigneeId": .string(user.line)])
      #expect(assigned.json["assignee"]?["name"] == "Jo")
    }

    @Test("A user's password is stored as a hash, and without one there is none")
    func passwords() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      for (role, password) in [("admin", "correct horse battery staple"), ("client", "")] {
        let outcome = try await person.run(
          "user", "create", "--org", tenant.id, "--email", "\(role)@x.example", "--name", "N",
          "--role", role, input: password)
        #expect(outcome.status == 0)
        let row = try await tenant.sql.run(
          """
          select role, coalesce(left(password_hash, 8), 'none') from helpdesk.users
           where id = '\(outcome.line)'
          """)
        #expect(row == (password.isEmpty ? "\(role)|none" : "\(role)|$scrypt$"))
        #expect(password.isEmpty || !outcome.description.contains(password))
      }
    }

    @Test("The first admin gets in by a link, without anybody typing a password for them")
    func invite() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let path = try await person.run("user", "invite", tenant.admin)
      #expect(path.status == 0 && path.standardError == "")
      #expect(
        path.standardOutput.wholeMatch(
          of: /\/invitations\/c[a-z0-9]{24}\.[A-Za-z0-9_-]{43}\n/) != nil)
      let url = try await person.run(
        ["user", "invite", tenant.admin], environment: ["PUBLIC_URL": "https://help.example.com/"])
      #expect(url.line.hasPrefix("https://help.example.com/invitations/\(tenant.id)."))
      for (link, status) in [(path.line, 410), (url.line, 200)] {
        var browser = try Browser()
        try await browser.open(link.replacing("https://help.example.com", with: ""))
        #expect(try await browser.open("/invitation").status == status)
        guard status == 200 else { continue }
        #expect(try await browser.setPassword().status == 303)
        #expect(try await browser.open("/settings/people/new").status == 200)
      }
    }
  }
}
