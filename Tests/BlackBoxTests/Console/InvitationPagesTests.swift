import TestSupport
import Testing

extension TacoHelp {
  @Suite("Links to set a password, in the console") struct InvitationPagesTests {
    private static let form = PeoplePagesTests.form

    @Test("An invited person comes in by the link, with the role of the invitation")
    func walk() async throws {
      let tenant = try await Tenant.make()
      var admin = try await tenant.browser(tenant.admin)
      let link = try await admin.invite(Self.form)
      #expect(try await admin.open("/settings/people").body.contains("invited"))
      var newcomer = try Browser()
      let opened = try await newcomer.open(link)
      #expect(opened.status == 303)
      #expect(opened.location == "/invitation")
      #expect(opened.header("Referrer-Policy") == "no-referrer")
      // Looking at it, however often, uses nothing up.
      #expect(try await newcomer.open(link).status == 303)
      let page = try await newcomer.open("/invitation")
      #expect(page.body.contains("jo@taco.example") && page.body.contains("Join Test"))
      for (fields, fault) in [
        (["", ""], "Enter a new password."), (["short", "short"], "Use at least 12 characters."),
        ([Browser.password, "x"], "not the same"),
        (["jo@taco.example", "jo@taco.example"], "something other than your e-mail"),
      ] {
        let answer = try await newcomer.setPassword(fields[0], again: fields[1])
        #expect(answer.status == 422)
        #expect(answer.body.contains(fault))
      }
      var again = newcomer
      let joined = try await newcomer.setPassword()
      #expect(joined.location == "/settings/account")
      #expect(Set(newcomer.cookies.keys) == ["tacohelp_session", "tacohelp_notice"])
      let account = try await newcomer.open("/settings/account")
      #expect(
        account.body.contains("Your password is set") && account.body.contains("Jo Newcomer, agent")
      )
      let trail = try await tenant.sql.run(
        """
        select actor_name, action, detail, address from ops.audit_trail
         where org_id = '\(tenant.id)' and action in ('user.invited', 'user.joined') order by id
        """)
      #expect(
        trail == """
          Bob Admin|user.invited|agent|\(admin.address)
          Jo Newcomer|user.joined||\(newcomer.address)
          """)
      #expect(try await again.setPassword("another password").status == 410)
      #expect(try await again.open("/invitation").status == 410)
      #expect(try await again.open("/settings/account").location == "/sign-in")
      var elsewhere = try Browser()
      #expect(try await elsewhere.signIn("jo@taco.example").status == 303)
    }

    @Test(
      "A link used, replaced, withdrawn, too old or never made has the same answer, with a way on")
    func dead() async throws {
      let tenant = try await Tenant.make()
      var admin = try await tenant.browser(tenant.admin)
      var bodies: Set<String> = []
      func expectDead(_ link: String) async throws {
        var browser = try Browser()
        #expect(try await browser.open(link).location == "/invitation")
        let answer = try await browser.open("/invitation")
        #expect(answer.status == 410)
        #expect(answer.body.contains("href=\"/sign-in\""))
        bodies.insert(answer.body)
      }
      let path = "/settings/people/\(tenant.agent)"
      func make() async throws -> String {
        let number = try await admin.open(path).field("submission") ?? ""
        let answer = try await admin.send("\(path)/link", [("submission", number)])
        return try #require(answer.link)
      }
      let first = try await make()
      let second = try await make()
      try await expectDead(first)
      try await admin.open(path)
      #expect(try await admin.send("\(path)/withdraw").location == "/settings/people")
      #expect(try await admin.open("/settings/people").body.contains("The link is withdrawn"))
      try await expectDead(second)
      let third = try await make()
      try await tenant.sql.run(
        """
        update helpdesk.invitations
           set created_at = now() - interval '8 days', expires_at = now() - interval '1 s'
         where org_id = '\(tenant.id)'
        """)
      #expect(try await admin.open(path).body.contains("The link was not used in time."))
      try await expectDead(third)
      for token in ["x", "%00", "\(tenant.id).\(String(repeating: "A", count: 43))", "a.b.c"] {
        try await expectDead("/invitations/\(token)")
      }
      #expect(bodies.count == 1)
    }

    @Test("The same form, sent again, makes no second link")
    func again() async throws {
      let tenant = try await Tenant.make()
      var admin = try await tenant.browser(tenant.admin)
      let path = "/settings/people/\(tenant.agent)"
      let number = try await admin.open(path).field("submission") ?? ""
      let link = try #require(try await admin.send("\(path)/link", [("submission", number)]).link)
      let second = try await admin.send("\(path)/link", [("submission", number)])
      #expect(second.status == 409 && second.link == nil)
      var browser = try Browser()
      try await browser.open(link)
      #expect(try await browser.open("/invitation").status == 200)
    }

    @Test("No token gets into the log, whatever is done with its link")
    func log() async throws {
      try await Tenant.withServer(environment: ["LOG_LEVEL": "trace"]) { tenant in
        let server = tenant.server
        var admin = try await tenant.browser(tenant.admin)
        let link = try await admin.invite(Self.form)
        let client = try server.site
        for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS"] {
          _ = try await client.send(method, link)
          _ = try await client.send(method, "\(link)/")
          _ = try await client.send(method, "\(link)?again=\(link)")
        }
        var newcomer = try Browser(server)
        try await newcomer.open(link)
        try await newcomer.open("/invitation")
        #expect(try await newcomer.setPassword().status == 303)
        try await newcomer.open(link)
        try await newcomer.open("/invitation")
        _ = try await client.get("/metrics")
        let log = server.program.standardError
        #expect(log.contains("/invitations/{id}"))
        for secret in [String(link.suffix(43)), Browser.password] {
          #expect(!log.contains(secret))
        }
        #expect(try await !client.get("/metrics").body.contains(link.suffix(43)))
      }
    }

    @Test("Over TLS the link is https, and its cookie is bound to the host")
    func secure() async throws {
      let url = "https://help.example.com"
      try await Tenant.withServer(environment: ["PUBLIC_URL": url]) { tenant in
        var admin = try await tenant.browser(tenant.admin)
        let answer = try await admin.create("people", Self.form)
        #expect(answer.body.contains("<code id=\"link\">\(url)/invitations/"))
        var newcomer = try Browser(tenant.server)
        let opened = try await newcomer.open(try #require(answer.link))
        let cookies = opened.headers("Set-Cookie")
        #expect(cookies.count == 1)
        #expect(cookies.first?.hasPrefix("__Host-tacohelp_invitation=") == true)
        #expect(
          cookies.first?.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure")
            == true)
        try await newcomer.open("/invitation")
        #expect(try await newcomer.setPassword().status == 303)
      }
    }
  }
}

extension Browser {
  /// Invites somebody.
  /// - Returns: the path of the link.
  mutating func invite(_ form: [(String, String)]) async throws -> String {
    let answer = try await create("people", form)
    guard answer.status == 200, let link = answer.link else { throw TestError("\(answer)") }
    return link
  }

  /// Fills in the form of an invitation.
  mutating func setPassword(_ password: String = Browser.password, again: String? = nil)
    async throws -> Answer
  {
    try await send("/invitation", [("new", password), ("repeated", again ?? password)])
  }
}

extension Answer {
  /// The path of the link to set a password that the page shows.
  var link: String? {
    body.firstMatch(of: /<code id="link">https?:\/\/[^\/]+(\/invitations\/[^<]+)</).map {
      String($0.1)
    }
  }
}
