import TestSupport
import Testing

extension TacoHelp {
  @Suite("Settings → API keys") struct APIKeyPagesTests {
    private static let form = [
      ("name", "Nightly"), ("scopes", "tickets:read"), ("scopes", "chat:read"), ("expiry", "30"),
      ("rateLimit", "1,000"),
    ]

    /// Fills in the form as it should be, but for what is given.
    private func create(_ browser: inout Browser, _ fields: [(String, String)] = form) async throws
      -> Answer
    {
      let page = try await browser.open("/settings/api-keys/new")
      let submission = page.field("submission") ?? ""
      return try await browser.send("/settings/api-keys", [("submission", submission)] + fields)
    }

    @Test("A key made here works, is shown once, is listed with its use, and dies when revoked")
    func walk() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let made = try await create(&browser)
      #expect(made.status == 200)
      let key = try #require(made.key)
      let client = try tenant.stage.otherServer.client(key)
      let answer = try await client.get("/tickets")
      #expect(answer.status == 200)
      #expect(answer.header("X-RateLimit-Limit") == "1000")
      #expect(try await client.post("/tickets", [:]).outcome == "403 insufficient_scope")
      let list = try await browser.open("/settings/api-keys")
      #expect(!list.body.contains(key))
      for text in [
        "Nightly", "\(key.prefix(9))…", "<code>tickets:read</code>", "by Bob Admin", "live",
        "2 of 1000 requests", "by an operator",
      ] {
        #expect(list.body.contains(text), "\(text)")
      }
      let id = try await tenant.stage.sql.run("select \(Tenant.keyID(key))")
      let path = "/settings/api-keys/\(id)/revoke"
      #expect(try await browser.open(path).body.contains("This cannot be undone."))
      #expect(try await client.get("/tickets").status == 200)
      #expect(try await browser.send(path).location == "/settings/api-keys")
      #expect(try await client.get("/tickets").status == 401)
      let told = "The key is revoked."
      #expect(try await browser.open("/settings/api-keys").body.contains(told))
      // Once, and not because a link says so.
      let link = "/settings/api-keys?done=revoked"
      #expect(try await browser.open(link).body.contains(told) == false)
      #expect(try await browser.send(path).status == 303)
      #expect(try await browser.open("/settings/api-keys").body.contains(told) == false)
      let trail = try await browser.open("/settings/audit?person=\(tenant.admin)").body
      #expect(trail.ranges(of: "revoked the API key <strong>").count == 1)
      #expect(trail.ranges(of: "created the API key <strong>").count == 1)
      #expect(trail.contains("from \(browser.address)"))
      #expect(!tenant.stage.server.program.standardError.contains(key))
    }

    @Test("The same form sent again makes no second key")
    func again() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let page = try await browser.open("/settings/api-keys/new")
      let fields = Self.form + [("submission", page.field("submission") ?? "")]
      #expect(try await browser.send("/settings/api-keys", fields).key != nil)
      try await browser.open("/settings/account")
      let second = try await browser.send("/settings/api-keys", fields)
      #expect(second.status == 409)
      #expect(second.key == nil)
      #expect(second.body.contains("This key was made before"))
      let count = try await tenant.stage.sql.int(
        "select count(*) from helpdesk.api_keys where org_id = '\(tenant.id)'")
      #expect(count == 2)
    }

    @Test("Every faulty field is marked at once, and what was typed stays")
    func faults() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let answer = try await create(
        &browser,
        [("name", " "), ("expiry", "tomorrow"), ("rateLimit", "\"\u{301}><script>")])
      #expect(answer.status == 422)
      for fault in ["name-fault", "scopes-fault", "expiry-fault", "rateLimit-fault"] {
        #expect(answer.body.contains("id=\"\(fault)\""), "\(fault)")
      }
      #expect(answer.body.contains("value=\"&quot;\u{301}&gt;&lt;script&gt;\""))
      let kept = try await create(
        &browser, [("name", "Kept"), ("scopes", "chat:read"), ("expiry", "never")])
      #expect(kept.body.contains("value=\"Kept\""))
      #expect(kept.body.contains("value=\"chat:read\" checked"))
      #expect(kept.body.contains("value=\"never\" checked"))
      for limit in ["0", "1000001", "-1", "1.5", "1,5", "10 00", ",100", "", "99999999999"] {
        let fields = Self.form.filter { $0.0 != "rateLimit" } + [("rateLimit", limit)]
        #expect(try await create(&browser, fields).status == 422, "\(limit)")
      }
      for scope in ["tickets:delete", ""] {
        let fields = Self.form + [("scopes", scope)]
        #expect(try await create(&browser, fields).status == 422, "\(scope)")
      }
    }

    @Test("Agents see the keys and change nothing")
    func agent() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      let list = try await browser.open("/settings/api-keys")
      #expect(list.status == 200)
      #expect(list.body.contains("Only admins"))
      #expect(!list.body.contains("/revoke") && !list.body.contains("/new"))
      let id = try await tenant.stage.sql.run("select \(Tenant.keyID(tenant.key))")
      #expect(try await browser.open("/settings/api-keys/new").status == 403)
      #expect(try await browser.open("/settings/api-keys/\(id)/revoke").status == 403)
      try await browser.open("/settings/account")
      #expect(try await browser.send("/settings/api-keys/\(id)/revoke").status == 403)
      let fields = Self.form + [("submission", "0123456789abcdef")]
      #expect(try await browser.send("/settings/api-keys", fields).status == 403)
      #expect(try await tenant.client.get("/tickets").status == 200)
    }

    @Test("Who is demoted or made a client loses at once what they could")
    func demoted() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      func become(_ role: String) async throws {
        try await tenant.stage.sql.run(
          "update helpdesk.users set role = '\(role)' where org_id = '\(tenant.id)' and id = '\(tenant.admin)'"
        )
      }
      try await browser.open("/settings/api-keys/new")
      try await become("agent")
      let fields = Self.form + [("submission", "0123456789abcdef")]
      #expect(try await browser.send("/settings/api-keys", fields).status == 403)
      try await become("client")
      #expect(try await browser.open("/settings/api-keys").location == "/sign-in")
    }

    @Test("Another organization's keys do not exist")
    func foreign() async throws {
      let (tenant, other) = (try await Tenant.make(), try await Tenant.make())
      var browser = try await tenant.browser(tenant.admin)
      try await browser.open("/settings/account")
      let id = try await other.stage.sql.run("select \(Tenant.keyID(other.key))")
      for id in [id, Subjects.nobody.ticket, "x", "%00"] {
        let path = "/settings/api-keys/\(id)/revoke"
        #expect(try await browser.open(path).status == 404)
        #expect(try await browser.send(path).status == 404)
      }
      #expect(try await other.client.get("/tickets").status == 200)
      let cookie = try #require(browser.cookies["tacohelp_session"])
      browser.cookies["tacohelp_session"] = cookie.replacing(tenant.id, with: other.id)
      #expect(try await browser.open("/settings/api-keys").location == "/sign-in")
    }

    @Test("On a FREE plan there is what Pro brings, and no form")
    func free() async throws {
      let tenant = try await Tenant.make(plan: "FREE")
      var browser = try await tenant.browser(tenant.admin)
      let page = try await browser.open("/settings/api-keys")
      #expect(page.body.contains("The API comes with Pro"))
      #expect(!page.body.contains("/settings/api-keys/new"))
      #expect(try await browser.open("/settings/api-keys/new").status == 403)
      try await browser.open("/settings/account")
      let fields = Self.form + [("submission", "0123456789abcdef")]
      #expect(try await browser.send("/settings/api-keys", fields).status == 403)
    }

    @Test("Many keys and many events come in pages, each of them once")
    func paging() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      try await tenant.stage.sql.run(
        """
        insert into helpdesk.api_keys (org_id, id, name, prefix, hash, scopes, revoked_at)
        select '\(tenant.id)', helpdesk.new_id(now()), 'key-' || n || ';', 'th_',
               sha256(('\(tenant.id)' || n)::bytea), array['*'], case when n > 60 then now() end
          from generate_series(1, 120) n;
        insert into helpdesk.audit_events (org_id, id, at, actor_name, action, target_name)
        select '\(tenant.id)', helpdesk.new_id(now()), now(), 'Bob', 'api_key.created',
               'key-' || n || ';' from generate_series(1, 120) n
        """)
      for (start, link) in [
        ("/settings/api-keys", /href="([^"]+before=[^"]+)">More keys/),
        ("/settings/audit", /href="([^"]+before=[^"]+)">Older changes/),
      ] {
        var (names, pages): ([String], Int) = ([], 0)
        var next: String? = start
        while let path = next, pages < 9 {
          let page = try await browser.open(path)
          #expect(page.status == 200)
          // Named in the heading, and again in the words of the link that revokes it.
          names += page.body.matches(of: />(key-[0-9]+;)<\/(h2|strong)>/).map { String($0.1) }
          next = page.body.firstMatch(of: link).map { String($0.1) }
          pages += 1
        }
        #expect(pages == 3)
        #expect(names.count == 120)
        #expect(Set(names).count == 120)
      }
      for query in ["before=x", "revoked-before=x", "before=%zz", "a=%FF"] {
        let page = try await browser.open("/settings/api-keys?\(query)")
        #expect(page.status == 400, "\(query)")
        #expect(page.body.contains("This address cannot be read"))
      }
    }
  }
}
