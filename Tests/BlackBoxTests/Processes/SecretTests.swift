import TestSupport
import Testing

extension TacoHelp {
  @Suite("Secrets in logs and errors") struct SecretTests {
    /// A text that is part of all free text in the test.
    private let planted = "planted-zebra"

    @Test(
      "Logs at their finest and answers to errors hold no key, secret, password, cookie or text of a customer"
    )
    func markers() async throws {
      try await TestCluster.with { cluster in
        let url = cluster.url().replacing("postgres@", with: "postgres:\(planted)-database@")
        #expect(url.contains(planted))
        let migration = try await Program.run(
          "migrate", environment: ["DATABASE_URL": url, "LOG_LEVEL": "trace"])
        #expect(migration.status == 0)
        var secrets = [planted, Browser.password]
        var errors: [Answer] = []
        let server = try await Tenant.withServer(
          url, of: cluster.url(), rateLimit: 100_000,
          environment: Sending.settings.merging(["LOG_LEVEL": "trace", "LOG_FORMAT": "json"]) { $1 }
        ) { tenant in
          try await act(tenant, cluster, &secrets, &errors)
          return tenant.server
        }
        let outputs = [
          "migrate": migration.standardOutput + migration.standardError,
          "log": server.program.standardError, "output": server.program.standardOutput,
        ]
        #expect(secrets.count > 8)
        #expect(Set(errors.map(\.status)).isSuperset(of: [400, 401, 404, 422, 500, 503]))
        for secret in secrets {
          for (name, text) in outputs { #expect(!text.contains(secret), "\(name): \(secret)") }
          for error in errors {
            #expect(!error.body.contains(secret), "\(error.status): \(secret)")
          }
        }
        #expect(server.program.standardOutput == "")
      }
    }

    /// Does everything that involves secrets and texts, correctly and incorrectly.
    private func act(
      _ tenant: Tenant, _ cluster: TestCluster, _ secrets: inout [String], _ errors: inout [Answer]
    ) async throws {
      let sql = tenant.sql
      let unknown = "th_\(planted)-" + String(repeating: "Q", count: 29)
      let endpoint = try await sql.run(
        """
        select secret from ops.create_endpoint(
          '\(tenant.id)', 'http://127.0.0.1:1/hook?token=\(planted)', '{ticket.created}')
        """)
      secrets += [tenant.key, String(tenant.key.dropFirst(9)), unknown, endpoint]
      secrets.append(String(endpoint.dropFirst(6)))
      let text: JSON = .string("\(planted) text")
      let ticket = try await tenant.makeTicket([
        "subject": text, "description": text, "tags": [text],
        "createdByEmail": .string("\(planted)@example.com"),
      ]).id
      _ = try await tenant.makeComment(ticket, "\(planted) comment")
      let chat = try await tenant.makeConversation().id
      _ = try await tenant.makeMessage(chat, "\(planted) message")
      try await eventually("an attempt had failed") {
        try await sql.run("select count(*) from helpdesk.deliveries where attempts > 0") != "0"
      }

      func fail(
        _ method: String, _ path: String, _ body: String? = nil, key: String? = tenant.key
      ) async throws {
        errors.append(
          try await tenant.server.client(key).send(
            method, path, headers: [("X-Planted", planted), ("Cookie", "a=\(planted)")],
            body: body.map { Array($0.utf8) }))
      }
      try await fail("GET", "/tickets", key: unknown)
      try await fail("GET", "/tickets/\(planted)")
      try await fail("GET", "/\(planted)?token=\(planted)")
      try await fail("GET", "/tickets?status=\(planted)&limit=\(planted)")
      try await fail("POST", "/tickets", "{\"subject\":\"\(planted)")
      try await fail("POST", "/tickets", "[\"\(planted)\"]")
      try await fail(
        "POST", "/tickets",
        """
        {"subject":"\(planted)","description":1,"createdByEmail":"\(planted)","priority":"\(planted)",
         "tags":"\(planted)"}
        """)
      try await fail("PATCH", "/tickets/\(ticket)", "{\"assigneeId\":\"\(planted)\"}")

      // The console: signing in and out, correctly and incorrectly.
      let email = try await tenant.canSignIn(tenant.admin)
      var stranger = try Browser(tenant.server)
      errors.append(try await stranger.signIn(email, password: "\(planted)-wrong"))
      var browser = try Browser(tenant.server)
      #expect(try await browser.signIn(email).status == 303)
      let cookie = try #require(browser.cookies["tacohelp_session"])
      secrets += [cookie, String(cookie.split(separator: ".").last ?? "")]
      _ = try await browser.open("/settings/webhooks")
      errors.append(
        try await browser.send("/settings/webhooks/new", [("url", "")], number: "\(planted)"))

      // Errors of the database, whose details quote whole rows.
      try await sql.run(
        "alter table helpdesk.comments add constraint odd check (content = 'odd') not valid")
      try await fail(
        "POST", "/tickets/\(ticket)/comments",
        "{\"content\":\"\(planted)\",\"authorEmail\":\"\(planted)@example.com\"}")
      try await sql.run("alter table helpdesk.messages rename column content to odd")
      try await fail("GET", "/chat/conversations/\(chat)")

      try await cluster.stop()
      try await fail("GET", "/tickets/\(ticket)")
      try await fail("POST", "/chat/conversations", "{\"visitorName\":\"\(planted)\"}")
      errors.append(try await browser.open("/settings/account"))
      var late = try Browser(tenant.server)
      errors.append(try await late.signIn(email, password: "\(planted)-late"))
      try await cluster.start()
    }
  }
}
