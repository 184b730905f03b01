import TestSupport
import Testing

extension TacoHelp {
  @Suite("Pages") struct PageTests {
    private func check(_ answer: Answer) {
      let policy = answer.header("Content-Security-Policy") ?? ""
      for rule in [
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "form-action 'self'",
        "frame-ancestors 'none'", "base-uri 'none'",
      ] {
        #expect(policy.split(separator: ";").contains { $0.drop { $0 == " " } == rule }, "\(rule)")
      }
      #expect(!policy.contains("unsafe"))
      #expect(answer.header("X-Content-Type-Options") == "nosniff")
      #expect(answer.header("Referrer-Policy") == "no-referrer")
      #expect(answer.header("Cache-Control") == "no-store")
      #expect(answer.header("X-Request-Id") != nil)
      #expect(!answer.body.contains("style=\"") && !answer.body.contains("<style"))
    }

    @Test("Every page, redirect and error has the headers that protect it")
    func headers() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let key = try await tenant.sql.run("select \(Tenant.keyID(tenant.key))")
      let endpoint = try await tenant.sql.run(
        """
        select endpoint_id from ops.create_endpoint(
          '\(tenant.id)', 'https://hooks.invalid/', '{ticket.created}')
        """)
      let delivery = try await tenant.sql.run("select ops.test_endpoint('\(endpoint)')")
      for (path, status) in [
        ("/", 303), ("/sign-in", 303), ("/sign-in/organization", 200), ("/settings/account", 200),
        ("/settings/api-keys", 200), ("/settings/api-keys/new", 200),
        ("/settings/api-keys/\(key)/revoke", 200), ("/settings/audit", 200),
        ("/settings/people", 200), ("/settings/people/new", 200),
        ("/settings/people/\(tenant.agent)", 200), ("/settings/people/\(tenant.agent)/remove", 303),
        ("/settings/people/\(tenant.admin)/remove", 200), ("/invitations/x", 303),
        ("/invitation", 410),
        ("/settings/webhooks", 200), ("/settings/webhooks/new", 200),
        ("/settings/webhooks/\(endpoint)", 200), ("/settings/webhooks/\(endpoint)/edit", 200),
        ("/settings/webhooks/\(endpoint)/deliveries", 200),
        ("/settings/webhooks/\(endpoint)/disable", 200),
        ("/settings/webhooks/\(endpoint)/delete", 200),
        ("/settings/webhooks/\(endpoint)/rotate", 200),
        ("/settings/webhooks/\(endpoint)/secret", 303),
        ("/settings/webhooks/deliveries/\(delivery)", 200),
        ("/settings/nothing", 404), ("/sign-out", 405),
      ] {
        let answer = try await browser.open(path)
        #expect(answer.status == status, "\(path)")
        check(answer)
        if status != 303 { #expect(answer.header("Content-Type") == "text/html; charset=utf-8") }
      }
      check(try await browser.send("/sign-out", number: "x"))
      check(try await browser.send("/sign-out"))
      check(try await browser.open("/sign-in"))
    }

    @Test("Errors are pages with a way on; programs get the API's JSON")
    func errors() async throws {
      var browser = try Browser()
      let page = try await browser.open("/no-such-page")
      #expect(page.status == 404)
      #expect(page.body.contains("href=\"/\""))
      let program = try await Stage.require().server.site.get("/no-such-page")
      #expect(program.outcome == "404 not_found")
      try await browser.open("/sign-in")
      let large = try await browser.send(
        "/sign-in", [("email", String(repeating: "x", count: 70_000))])
      #expect(large.status == 413)
      check(large)
      let client = try Stage.require().server.site
      for (type, body) in [
        ("application/json", "{}"), ("application/x-www-form-urlencoded", "a=%00"),
      ] {
        let answer = try await client.send(
          "POST", "/sign-in", headers: [("Content-Type", type)], body: Array(body.utf8))
        #expect(answer.status == 400)
        #expect(answer.body.contains("The form could not be read"))
      }
    }

    @Test("No secret gets into the log")
    func log() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      var browser = try Browser()
      try await browser.signIn("hunter2-typed-here", password: "hunter3")
      try await browser.signIn(email)
      try await browser.open("/settings/account")
      let log = tenant.server.program.standardError
      let token = try #require(browser.cookies["tacohelp_session"]?.split(separator: ".").last)
      for secret in ["hunter2", "hunter3", email, String(token)] {
        #expect(!log.contains(secret), "\(secret)")
      }
      #expect(log.contains("sign-in refused") && log.contains(browser.address))
      let lines = log.split(separator: "\n").filter { $0.contains("signed in") }
      #expect(
        lines.contains {
          $0.contains("org_id=\(tenant.id)") && $0.contains("user_id=\(tenant.admin)")
            && $0.contains(browser.address)
        })
    }
  }
}
