import TestSupport
import Testing

extension TacoHelp {
  @Suite("Signing in") struct SignInTests {
    @Test("The right password signs in; only a hash of the cookie's token is stored")
    func right() async throws {
      let tenant = try await Tenant.make()
      var browser = try Browser()
      #expect(try await browser.open("/").location == "/sign-in")
      // Signing out without a session is no error.
      #expect(try await browser.send("/sign-out").location == "/sign-in")
      let answer = try await browser.signIn(try await tenant.canSignIn(tenant.admin))
      #expect(answer.status == 303)
      #expect(answer.location == "/settings/api-keys")
      #expect(try await browser.open("/").location == "/settings/api-keys")
      #expect(try await browser.open("/sign-in").location == "/settings/api-keys")
      let page = try await browser.open("/settings/api-keys")
      #expect(page.status == 200)
      #expect(page.body.contains("Bob Admin, admin"))
      let token = try #require(browser.cookies["tacohelp_session"]?.split(separator: ".").last)
      let stored = try await tenant.sql.run(
        "select s::text from helpdesk.sessions s where org_id = '\(tenant.id)'")
      #expect(!stored.isEmpty && !stored.contains(token))
      // The other server knows it too.
      var elsewhere = try Browser(tenant.stage.otherServer)
      elsewhere.cookies = browser.cookies
      #expect(try await elsewhere.open("/settings/api-keys").status == 200)
      // Upper case does not make a different address.
      var loud = try Browser()
      #expect(try await loud.signIn("\(tenant.admin)@Staff.EXAMPLE").location == answer.location)
    }

    @Test("A wrong password and an unknown e-mail have the same answer; what was typed stays")
    func wrong() async throws {
      let tenant = try await Tenant.make()
      let known = try await tenant.canSignIn(tenant.admin)
      let client = try await tenant.sql.run(
        "select ops.create_user('\(tenant.id)', 'client@taco.example', 'Cy', 'client')")
      let clientEmail = try await tenant.canSignIn(client)
      var texts: Set<String> = []
      for (email, password) in [
        (known, "wrong"), ("nobody@staff.example", Browser.password), ("no address", "hunter-two"),
        (clientEmail, Browser.password), (known, String(repeating: "long", count: 500)),
      ] {
        var browser = try Browser()
        let answer = try await browser.signIn(email, password: password)
        #expect(answer.status == 422)
        #expect(answer.body.contains("value=\"\(email)\""))
        #expect(!answer.body.contains(password))
        #expect(browser.cookies["tacohelp_session"] == nil)
        texts.insert(
          answer.body.replacing(email, with: "").replacing(answer.field("csrf") ?? "", with: ""))
      }
      #expect(texts.count == 1)
    }

    @Test("An unknown e-mail takes as long as a wrong password")
    func time() async throws {
      let tenant = try await Tenant.make()
      let known = try await tenant.canSignIn(tenant.admin)
      for email in [known, "nobody@staff.example"] {
        var browser = try Browser()
        let duration = try await ContinuousClock().measure {
          try await browser.signIn(email, password: "wrong")
        }
        #expect(duration >= .milliseconds(600))
      }
    }

    @Test("An empty field is marked and described")
    func empty() async throws {
      var browser = try Browser()
      try await browser.open("/sign-in")
      let answer = try await browser.send("/sign-in", [("email", " "), ("password", "")])
      #expect(answer.status == 422)
      for name in ["email", "password"] {
        #expect(answer.body.contains("aria-invalid=\"true\" aria-describedby=\"\(name)-fault\""))
        #expect(answer.body.contains("id=\"\(name)-fault\""))
      }
    }

    @Test("Ten wrong passwords are enough: then 429 with Retry-After, for this address alone")
    func throttled() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      let browser = try Browser()
      var statuses = try await atOnce(9) { _ in
        var tab = browser
        let answer = try await tab.signIn(email, password: "wrong")
        if answer.status == 503 { #expect(answer.header("Retry-After") == "5") }
        return answer.status
      }
      // Passwords of an account are checked one after another; those not checked do not count.
      #expect(statuses.contains(503))
      #expect(statuses.allSatisfy { [422, 503].contains($0) })
      var tab = browser
      while statuses.count < 30, statuses.last != 429 {
        statuses.append(try await tab.signIn(email, password: "wrong").status)
      }
      #expect(statuses.filter { $0 == 422 }.count == 10)
      let refused = try await tab.signIn(email)
      #expect(refused.status == 429)
      let seconds = try #require(refused.header("Retry-After").flatMap { Int($0) })
      #expect((1...900).contains(seconds))
      #expect(refused.body.contains("15 minutes"))
      var elsewhere = try Browser()
      #expect(try await elsewhere.signIn(email).status == 303)
    }

    @Test("An address that no trusted proxy vouches for is not believed")
    func forwarded() async throws {
      try await Tenant.withServer(environment: ["TRUSTED_PROXIES": ""]) { tenant in
        for attempt in 0...10 {
          var browser = try Browser(tenant.server)
          let answer = try await browser.signIn("nobody@staff.example")
          #expect(answer.status == (attempt < 10 ? 422 : 429))
        }
      }
    }

    @Test("Tries count for an account, for the first 64 bits of an address, and for its first 48")
    func blocks() async throws {
      try await Tenant.withServer { tenant in
        for (name, address) in [
          ("a", "2001:db8:0:1::1"), ("b", "2001:db8:0:1::2"), ("c", "2001:db8:0:2::1"),
        ] {
          var browser = try Browser(tenant.server)
          browser.address = address
          #expect(try await browser.signIn("\(name)@staff.example").status == 422)
        }
        let counts = try await tenant.sql.run(
          """
          select string_agg(cardinality(hits)::text, ' ' order by cardinality(hits))
            from helpdesk.sign_in_attempts
          """)
        #expect(counts == "1 1 1 1 2 3")
      }
    }

    @Test("A hash that cost less than today's is made anew, if it can be, when its password comes")
    func renewed() async throws {
      let cheap =
        "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$xXt6EAFzAOlee5Hgl8R5+kLA6sDARjRcMGtm6fZJsa8"
      try await Tenant.withServer { tenant in
        let email = try await tenant.canSignIn(tenant.admin)
        let hash = "update helpdesk.users set password_hash = '\(cheap)' where email = '\(email)'"
        try await tenant.sql.run(hash)
        for _ in 0..<2 {
          var browser = try Browser(tenant.server)
          #expect(try await browser.signIn(email).status == 303)
          let stored = try await tenant.sql.run(
            "select password_hash from helpdesk.users where email = '\(email)'")
          #expect(stored.hasPrefix("$scrypt$ln=15,"))
        }
        try await tenant.sql.run(
          """
          \(hash);
          alter table helpdesk.users add constraint users_cheap_check
            check (password_hash is null or password_hash like '%ln=10%') not valid
          """)
        var browser = try Browser(tenant.server)
        #expect(try await browser.signIn(email).status == 303)
        try await eventually("the log says so") {
          tenant.server.program.standardError.contains("password hash not renewed")
        }
      }
    }

    @Test("An e-mail in several organizations chooses one, and can change to the other")
    func several() async throws {
      let (one, second) = (try await Tenant.make(), try await Tenant.make())
      let email = "both-\(one.id)@staff.example"
      for tenant in [one, second] { try await tenant.canSignIn(tenant.admin, as: email) }
      var browser = try Browser()
      #expect(try await browser.signIn(email).location == "/sign-in/organization")
      #expect(try await browser.open("/settings/api-keys").location == "/sign-in")
      let choice = try await browser.open("/sign-in/organization")
      #expect(choice.body.contains("Sign out"))
      // Signing out is possible before the choice, with its own form.
      var other = browser
      #expect(try await other.send("/sign-out", number: "x").status == 403)
      #expect(try await other.send("/sign-out").location == "/sign-in")
      other.cookies = browser.cookies
      #expect(try await other.open("/sign-in/organization").location == "/sign-in")
      #expect(try await browser.signIn(email).location == "/sign-in/organization")
      try await browser.open("/sign-in/organization")
      let stranger = try await Tenant.make()
      try await browser.send("/sign-in/organization", [("organization", stranger.id)])
      #expect(try await browser.open("/settings/api-keys").location == "/sign-in")
      for tenant in [one, second] {
        let page = try await browser.open("/sign-in/organization")
        #expect(page.body.contains(one.id) && page.body.contains(second.id))
        let answer = try await browser.send("/sign-in/organization", [("organization", tenant.id)])
        #expect(answer.location == "/settings/api-keys")
        #expect(browser.cookies["tacohelp_session"]?.hasPrefix(tenant.id) == true)
        #expect(try await browser.open("/settings/account").body.contains("Switch"))
      }
      let copy = browser.cookies
      try await browser.send("/sign-out")
      browser.cookies = copy
      #expect(try await browser.open("/sign-in/organization").location == "/sign-in")
    }

    @Test("A sign-in that names an organization is tried there alone, even for the sixth account")
    func named() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      for _ in 0..<5 {
        let other = try await Tenant.make()
        try await other.canSignIn(other.admin, as: email)
        try await tenant.sql.run(
          """
          update helpdesk.users set last_signed_in_at = now(), password_hash = '$scrypt$other'
           where org_id = '\(other.id)' and id = '\(other.admin)'
          """)
      }
      var browser = try Browser()
      #expect(try await browser.signIn(email).status == 422)
      let page = try await browser.open("/sign-in?organization=\(tenant.id)")
      #expect(page.field("organization") == tenant.id)
      let wrong = try await browser.send(
        "/sign-in", [("email", email), ("password", "wrong"), ("organization", tenant.id)])
      #expect(wrong.field("organization") == tenant.id)
      for organization in ["x", Subjects.nobody.ticket] {
        let fields = [("email", email), ("password", Browser.password)]
        let answer = try await browser.send("/sign-in", fields + [("organization", organization)])
        #expect(answer.status == 422)
      }
      let right = try await browser.send(
        "/sign-in",
        [("email", email), ("password", Browser.password), ("organization", tenant.id)])
      #expect(right.location == "/settings/api-keys")
    }

    @Test("Signing in leads once to the page that was wanted, and never elsewhere")
    func destination() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      var browser = try Browser()
      let wanted = "/settings/api-keys?before=\(Subjects.nobody.ticket)"
      #expect(try await browser.open(wanted).location == "/sign-in")
      #expect(try await browser.signIn(email).location == wanted)
      try await browser.open("/settings/account")
      try await browser.send("/sign-out")
      #expect(try await browser.signIn(email).location == "/settings/api-keys")
      for elsewhere in [
        "https://evil.example/settings/", "//evil.example/settings/", "/sign-out",
        "/settings/\\evil.example", "/settings/@evil.example:80",
      ] {
        browser = try Browser()
        browser.cookies["tacohelp_destination"] = elsewhere
        #expect(try await browser.signIn(email).location == "/settings/api-keys", "\(elsewhere)")
      }
    }
  }
}
