import TestSupport
import Testing

extension TacoHelp {
  @Suite("Sessions of the console") struct SessionTests {
    @Test("A session given by somebody else is not taken over by signing in")
    func fixation() async throws {
      let tenant = try await Tenant.make()
      var attacker = try await tenant.browser(tenant.agent)
      let planted = try #require(attacker.cookies["tacohelp_session"])
      var victim = try Browser()
      try await victim.open("/sign-in")
      let visitor = victim.cookies["tacohelp_visitor"]
      // The organization in it is left out, or the sign-in page would not be shown.
      victim.cookies["tacohelp_session"] = planted.replacing(tenant.id, with: "none")
      let email = try await tenant.canSignIn(tenant.admin)
      #expect(try await victim.signIn(email).status == 303)
      #expect(try await victim.open("/settings/account").body.contains("Bob Admin, admin"))
      // The attacker's token is neither kept nor made the admin's.
      let token = try #require(planted.split(separator: ".").last)
      #expect(victim.cookies["tacohelp_session"]?.contains(token) == false)
      #expect(attacker.cookies["tacohelp_session"] == planted)
      #expect(try await attacker.open("/settings/account").body.contains("Bob Admin") == false)
      // Nor do the forms from before still fit.
      #expect(visitor != nil && victim.cookies["tacohelp_visitor"] == nil)
      let first = victim.cookies["tacohelp_session"]
      try await victim.open("/settings/account")
      try await victim.send("/sign-out")
      try await victim.signIn(email)
      #expect(victim.cookies["tacohelp_session"] != first)
    }

    @Test("Cookies are closed to scripts and other sites; over TLS also bound to host and TLS")
    func cookies() async throws {
      for (url, isSecure) in [
        ("", false), ("http://help.example.com", false), ("https://help.example.com/", true),
      ] {
        try await Tenant.withServer(environment: ["PUBLIC_URL": url]) { tenant in
          var browser = try Browser(tenant.server)
          let visitor = try await browser.open("/sign-in")
          let answer = try await browser.signIn(try await tenant.canSignIn(tenant.admin))
          #expect(answer.status == 303)
          let name = isSecure ? "__Host-tacohelp_session" : "tacohelp_session"
          #expect(Array(browser.cookies.keys) == [name])
          #expect(try await browser.open("/settings/account").status == 200)
          let left = try await browser.send("/sign-out")
          let wanted = try await browser.open("/settings/account")
          let answers = [visitor, answer, left, wanted]
          let cookies = answers.flatMap { $0.headers("Set-Cookie") }
          for kind in ["visitor", "session", "notice", "destination"] {
            #expect(cookies.contains { $0.contains("tacohelp_\(kind)=") }, "\(kind)")
          }
          for answer in answers {
            let security = answer.header("Strict-Transport-Security")
            #expect(security == (isSecure ? "max-age=31536000" : nil))
          }
          for cookie in cookies {
            #expect(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"))
            #expect(cookie.hasPrefix("__Host-") == isSecure)
            #expect(cookie.hasSuffix("; Secure") == isSecure)
            #expect(!cookie.contains("Domain"))
          }
        }
      }
    }

    @Test("Signing out ends the session on the server; everywhere ends all")
    func signOut() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      var (one, other, third) = (try Browser(), try Browser(), try Browser())
      try await one.signIn(email)
      try await other.signIn(email)
      try await third.signIn(email)
      let copy = one.cookies
      try await one.open("/settings/account")
      #expect(try await one.send("/sign-out").location == "/sign-in")
      let told = "You are signed out."
      #expect(try await one.open("/sign-in").body.contains(told))
      #expect(try await one.open("/sign-in?done=out").body.contains(told) == false)
      one.cookies = copy
      #expect(try await one.open("/settings/account").location == "/sign-in")
      #expect(try await other.open("/settings/account").status == 200)
      #expect(try await other.send("/sign-out-everywhere").location == "/sign-in")
      #expect(try await other.open("/sign-in").body.contains("You are signed out everywhere."))
      #expect(try await third.open("/settings/account").location == "/sign-in")
    }

    @Test("A new password ends other sessions and replaces this one")
    func password() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      var other = try Browser()
      let email = "\(tenant.agent)@staff.example"
      try await other.signIn(email)
      let before = browser.cookies
      try await browser.open("/settings/account")
      let new = "another long password"
      for (fields, fault) in [
        (["", new, new], "Enter your current password."),
        (["wrong", new, new], "This is not your current password."),
        ([Browser.password, "short", "short"], "Use at least 12 characters."),
        ([Browser.password, new, new + "x"], "not the same"),
        ([Browser.password, email, email], "something other than your e-mail"),
        ([Browser.password, Browser.password, Browser.password], "another password"),
      ] {
        let answer = try await browser.send(
          "/settings/account", Array(zip(["current", "new", "repeated"], fields)))
        #expect(answer.status == 422)
        #expect(answer.body.contains(fault))
        #expect(!answer.body.contains(new))
        #expect(answer.body.contains("<title>Error: Account"))
      }
      let answer = try await browser.send(
        "/settings/account", [("current", Browser.password), ("new", new), ("repeated", new)])
      #expect(answer.location == "/settings/account")
      #expect(browser.cookies["tacohelp_session"] != before["tacohelp_session"])
      let page = try await browser.open("/settings/account")
      #expect(page.body.contains("Your password is changed"))
      #expect(try await other.open("/settings/account").location == "/sign-in")
      browser.cookies = before
      #expect(try await browser.open("/settings/account").location == "/sign-in")
      #expect(try await other.signIn(email).status == 422)
      #expect(try await other.signIn(email, password: new).status == 303)
    }

    @Test("Ten wrong current passwords are enough: then 429, and nothing is changed")
    func throttled() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      let new = "another long password"
      try await browser.open("/settings/account")
      func change(_ current: String) async throws -> Answer {
        try await browser.send(
          "/settings/account", [("current", current), ("new", new), ("repeated", new)])
      }
      for _ in 0..<10 { #expect(try await change("wrong").status == 422) }
      let refused = try await change(Browser.password)
      #expect(refused.status == 429)
      #expect((refused.header("Retry-After").flatMap { Int($0) } ?? 0) > 0)
      #expect(refused.body.contains("Too many passwords were tried"))
      var other = try Browser()
      #expect(try await other.signIn("\(tenant.agent)@staff.example").status == 303)
    }

    @Test("A session made with the old password while the password changes does not hold")
    func interleaved() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      var late = try Browser()
      let token = String(repeating: "A", count: 43)
      late.cookies["tacohelp_session"] = "\(tenant.id).\(token)"
      let other = PsqlSession(tenant.stage.databaseURL)
      // Signing in writes this; it is not committed yet, and lacks the lock that orders the two.
      try await other.run(
        """
        begin;
        insert into helpdesk.sessions (org_id, hash, user_id, epoch)
        select org_id, sha256('\(token)'), id, sessions_epoch from helpdesk.users
         where org_id = '\(tenant.id)' and id = '\(tenant.agent)'
        """)
      try await browser.open("/settings/account")
      let new = "another long password"
      let answer = try await browser.send(
        "/settings/account", [("current", Browser.password), ("new", new), ("repeated", new)])
      #expect(answer.status == 303)
      try await other.run("commit")
      let count = "select count(*) from helpdesk.sessions where hash = sha256('\(token)')"
      #expect(try await tenant.sql.int(count) == 1)
      #expect(try await late.open("/settings/account").location == "/sign-in")
      #expect(try await browser.open("/settings/account").status == 200)
    }

    @Test("A sign-in while all sessions are ended does not succeed")
    func interleavedSignIn() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.agent)
      let other = PsqlSession(tenant.stage.databaseURL)
      try await other.run("begin; select ops.end_sessions('\(tenant.agent)')")
      let pid = try await other.run("select pg_backend_pid()")
      async let answer: Answer = {
        var browser = try Browser()
        return try await browser.signIn(email)
      }()
      try await eventually("the sign-in waited for the user's row") {
        try await tenant.sql.run(
          "select count(*) > 0 from pg_stat_activity where \(pid) = any (pg_blocking_pids(pid))")
          == "t"
      }
      try await other.run("commit")
      #expect(try await answer.status == 422)
      var browser = try Browser()
      #expect(try await browser.signIn(email).status == 303)
    }
  }
}
