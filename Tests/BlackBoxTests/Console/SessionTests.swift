import NIOHTTP1
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Sessions of the console") struct SessionTests {
    @Test("A session given by somebody else is not taken over by signing in")
    func fixation() async throws {
      let tenant = try await Tenant.make()
      let attacker = try await tenant.browser(tenant.agent)
      let planted = attacker.cookies
      var victim = try Browser()
      try await victim.open("/sign-in")
      let visitor = victim.cookies["tacohelp_visitor"]
      victim.cookies["tacohelp_session"] = "\(tenant.id).\(String(repeating: "A", count: 43))"
      let email = try await tenant.canSignIn(tenant.admin)
      #expect(try await victim.signIn(email).status == 303)
      #expect(victim.cookies["tacohelp_session"]?.hasSuffix("AAAA") == false)
      #expect(victim.cookies["tacohelp_session"] != planted["tacohelp_session"])
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
      try await Stage.withDatabase { database in
        for (url, isSecure) in [
          ("", false), ("http://help.example.com", false), ("https://help.example.com/", true),
        ] {
          try await Server.with(database.url, environment: ["PUBLIC_URL": url]) { server in
            let stage = try Stage.require().with(database.url, server)
            let tenant = try await Tenant.make(on: stage)
            var browser = try Browser(server)
            let visitor = try await browser.open("/sign-in")
            let answer = try await browser.signIn(try await tenant.canSignIn(tenant.admin))
            for cookie in visitor.headers["Set-Cookie"] + answer.headers["Set-Cookie"] {
              #expect(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"))
              #expect(cookie.hasPrefix("__Host-") == isSecure)
              #expect(cookie.hasSuffix("; Secure") == isSecure)
              #expect(!cookie.contains("Domain"))
            }
            #expect(answer.status == 303)
            let name = isSecure ? "__Host-tacohelp_session" : "tacohelp_session"
            #expect(Array(browser.cookies.keys) == [name])
            #expect(try await browser.open("/settings/account").status == 200)
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
      #expect(try await one.send("/sign-out").location == "/sign-in?done=out")
      #expect(try await one.open("/sign-in?done=out").body.contains("You are signed out."))
      one.cookies = copy
      #expect(try await one.open("/settings/account").location == "/sign-in")
      #expect(try await other.open("/settings/account").status == 200)
      #expect(try await other.send("/sign-out-everywhere").location == "/sign-in?done=everywhere")
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
        ([Browser.password, email, email], "something else than your e-mail"),
      ] {
        let answer = try await browser.send(
          "/settings/account", Array(zip(["current", "new", "repeated"], fields)))
        #expect(answer.status == 422)
        #expect(answer.body.contains(fault))
        #expect(!answer.body.contains(new))
      }
      let answer = try await browser.send(
        "/settings/account", [("current", Browser.password), ("new", new), ("repeated", new)])
      #expect(answer.location == "/settings/account?done=password")
      #expect(browser.cookies != before)
      let page = try await browser.open("/settings/account?done=password")
      #expect(page.body.contains("Your password is changed"))
      #expect(try await other.open("/settings/account").location == "/sign-in")
      browser.cookies = before
      #expect(try await browser.open("/settings/account").location == "/sign-in")
      #expect(try await other.signIn(email).status == 422)
      #expect(try await other.signIn(email, password: new).status == 303)
    }
  }
}
