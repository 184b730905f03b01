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
      let key = try await tenant.stage.sql.run("select \(Tenant.keyID(tenant.key))")
      let endpoint = try await tenant.stage.sql.run(
        """
        select endpoint_id from ops.create_endpoint(
          '\(tenant.id)', 'https://hooks.invalid/', '{ticket.created}')
        """)
      let delivery = try await tenant.stage.sql.run("select ops.test_endpoint('\(endpoint)')")
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

    @Test("Without a session every setting leads to the sign-in, by GET and by POST")
    func closed() async throws {
      var browser = try Browser()
      for path in [
        "/settings/account", "/settings/api-keys", "/settings/api-keys/new", "/settings/audit",
        "/settings/people", "/settings/people/\(Subjects.nobody.ticket)/remove",
        "/settings/api-keys/\(Subjects.nobody.ticket)/revoke", "/settings/webhooks",
        "/settings/webhooks/\(Subjects.nobody.ticket)/delete",
        "/settings/webhooks/deliveries/\(Subjects.nobody.ticket)/redeliver",
      ] {
        #expect(try await browser.open(path).location == "/sign-in")
        #expect(try await browser.send(path).location == "/sign-in")
      }
      for value in ["", "x", ".", "none.\(String(repeating: "A", count: 43))", "a.b.c"] {
        browser.cookies["tacohelp_session"] = value
        #expect(try await browser.open("/settings/account").location == "/sign-in")
      }
    }

    @Test("Errors are pages with a way on; programs get the API's JSON")
    func errors() async throws {
      var browser = try Browser()
      let page = try await browser.open("/no-such-page")
      #expect(page.status == 404)
      #expect(page.body.contains("href=\"/\""))
      let program = try await Stage.require().server.client().get("//no-such-page")
      #expect(program.outcome == "404 not_found")
      try await browser.open("/sign-in")
      let large = try await browser.send(
        "/sign-in", [("email", String(repeating: "x", count: 70_000))])
      #expect(large.status == 413)
      check(large)
      let client = try Stage.require().server.client()
      for (type, body) in [
        ("application/json", "{}"), ("application/x-www-form-urlencoded", "a=%00"),
      ] {
        let answer = try await client.send(
          "POST", "//sign-in", headers: [("Content-Type", type)], body: Array(body.utf8))
        #expect(answer.status == 400)
        #expect(answer.body.contains("The form could not be read"))
      }
      let wrong = try await client.send("DELETE", "//sign-in")
      #expect(wrong.status == 405)
      #expect(wrong.header("Allow") == "GET, HEAD, POST")
    }

    @Test("Files have names that change with their content, and are kept for good")
    func files() async throws {
      var browser = try Browser()
      let page = try await browser.open("/sign-in").body
      let paths = page.matches(of: /"(\/assets\/[^"]+)"/).map { String($0.1) }
      #expect(Set(paths).count == 3)
      let client = try Stage.require().server.client()
      for path in Set(paths) {
        let file = try await client.get("/" + path)
        #expect(file.status == 200)
        #expect(file.header("Cache-Control") == "public, max-age=31536000, immutable")
        #expect(file.header("X-Content-Type-Options") == "nosniff")
        let tag = try #require(file.header("ETag"))
        let again = try await client.send("GET", "/" + path, headers: [("If-None-Match", tag)])
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
        let head = try await client.send("HEAD", "/" + path)
        #expect(head.header("Content-Length") == "\(file.body.utf8.count)")
        let post = try await client.send("POST", "/" + path)
        #expect(post.status == 405)
        #expect(post.header("X-Content-Type-Options") == "nosniff")
      }
    }

    @Test("HEAD answers as GET, without the body")
    func head() async throws {
      let client = try Stage.require().server.client()
      let head = try await client.send("HEAD", "//sign-in")
      #expect(head.status == 200)
      #expect(head.body.isEmpty)
      #expect((head.header("Content-Length").flatMap { Int($0) } ?? 0) > 500)
    }

    @Test("No secret comes into the log")
    func log() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      var browser = try Browser()
      try await browser.signIn("hunter2-typed-here", password: "hunter3")
      try await browser.signIn(email)
      try await browser.open("/settings/account")
      let log = tenant.stage.server.program.standardError
      let token = try #require(browser.cookies["tacohelp_session"]?.split(separator: ".").last)
      for secret in ["hunter2", "hunter3", Browser.password, email, String(token)] {
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
