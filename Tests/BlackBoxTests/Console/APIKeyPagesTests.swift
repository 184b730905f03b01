import TestSupport
import Testing

extension TacoHelp {
  @Suite("Settings → API keys") struct APIKeyPagesTests {
    static let form = [
      ("name", "Nightly"), ("scopes", "tickets:read"), ("scopes", "chat:read"), ("expiry", "30"),
      ("rateLimit", "1,000"),
    ]

    @Test("A key made here works, is shown once, is listed with its use, and dies when revoked")
    func walk() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let made = try await browser.create("api-keys", Self.form)
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
      let id = try await tenant.sql.run("select \(Tenant.keyID(key))")
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
      #expect(!tenant.server.program.standardError.contains(key))
    }

    @Test("Every faulty field is marked at once, and what was typed stays")
    func faults() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let answer = try await browser.create(
        "api-keys",
        [("name", " "), ("expiry", "tomorrow"), ("rateLimit", "\"\u{301}><script>")])
      #expect(answer.status == 422)
      for fault in ["name-fault", "scopes-fault", "expiry-fault", "rateLimit-fault"] {
        #expect(answer.body.contains("id=\"\(fault)\""), "\(fault)")
      }
      #expect(answer.body.contains("value=\"&quot;\u{301}&gt;&lt;script&gt;\""))
      let kept = try await browser.create(
        "api-keys", [("name", "Kept"), ("scopes", "chat:read"), ("expiry", "never")])
      #expect(kept.body.contains("value=\"Kept\""))
      #expect(kept.body.contains("value=\"chat:read\" checked"))
      #expect(kept.body.contains("value=\"never\" checked"))
      for limit in ["0", "1000001", "-1", "1.5", "1,5", "10 00", ",100", "", "99999999999"] {
        let fields = Self.form.filter { $0.0 != "rateLimit" } + [("rateLimit", limit)]
        #expect(try await browser.create("api-keys", fields).status == 422, "\(limit)")
      }
      for scope in ["tickets:delete", ""] {
        let fields = Self.form + [("scopes", scope)]
        #expect(try await browser.create("api-keys", fields).status == 422, "\(scope)")
      }
    }

    @Test("Many keys and many events come in pages, each of them once")
    func paging() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      try await tenant.sql.run(
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
        let pages = try await browser.pages(from: start, link)
        // Named in the heading, and again in the words of the link that revokes it.
        let names = pages.flatMap { page in
          page.body.matches(of: />(key-[0-9]+;)<\/(h2|strong)>/).map { String($0.1) }
        }
        #expect(pages.map(\.status) == [200, 200, 200])
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
