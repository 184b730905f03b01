import TestSupport
import Testing

extension TacoHelp {
  @Suite("Settings → Webhooks") struct WebhookPagesTests {
    private static let url = Tenant.endpointURL

    private static let form = [
      ("url", url), ("events", "ticket.created"), ("events", "ticket.merged"),
    ]

    @Test("One registered here leads on to a test event, shows its secret, and is audited")
    func create() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let empty = try await browser.open("/settings/webhooks")
      #expect(empty.body.contains("href=\"/settings/webhooks/new\""))
      let path = try #require(try await browser.create("webhooks", Self.form).location)
      let page = try await browser.open(path)
      for text in [
        "The endpoint is registered.", Self.url, "What to do next", "\(path)/test",
        "href=\"/docs#webhooks\"", "<code>ticket.created</code> <code>ticket.merged</code>",
      ] {
        #expect(page.body.contains(text), "\(text)")
      }
      #expect(!page.body.contains("whsec_"))
      let secret = try await tenant.sql.run(
        "select secret from helpdesk.endpoint_secrets where org_id = '\(tenant.id)'")
      let shown = try await browser.send("\(path)/secret")
      #expect(shown.status == 200)
      #expect(shown.body.contains("<code id=\"secret\">\(secret)</code>"))
      #expect(shown.header("Cache-Control") == "no-store")
      #expect(try await browser.open("\(path)/secret").location == path)
      try await browser.open("/settings/webhooks")
      #expect(browser.page?.body.contains("none yet") == true)
      let trail = try await browser.open("/settings/audit").body
      #expect(trail.contains("registered the webhook endpoint <strong>\(Self.url)"))
      #expect(trail.contains("looked at the secrets of <strong>\(Self.url)"))
      #expect(trail.contains("from \(browser.address)"))
      #expect(!tenant.server.program.standardError.contains(secret))
      _ = try await tenant.makeTicket()
      #expect(try await tenant.events().map(\.deliveries.count) == [1])
    }

    @Test(
      "A URL that cannot be used stays in its field, which says why",
      arguments: [
        ("", "Enter the URL"), ("example.com/hook", "The URL must begin with https://."),
        ("http://example.com/", "WEBHOOK_ALLOW_HTTP"),
        ("https://127.0.0.1/x", "WEBHOOK_ALLOWED_NETWORKS"),
        ("https://foo.localhost/", "WEBHOOK_ALLOWED_NETWORKS"),
        ("https://me:pw@example.com/", "user name or password"),
        ("https://example.com/#x", "fragment"), ("https://example.com/\"><b>", "percent-encoded"),
        ("https://example.com/\(String(repeating: "x", count: 2048))", "2048 characters"),
      ])
    func badURL(url: String, words: String) async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let answer = try await browser.create(
        "webhooks", [("url", url), ("events", "ticket.closed")])
      #expect(answer.status == 422)
      let shown = url.replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
        .replacing(">", with: "&gt;")
      #expect(answer.body.contains("value=\"\(shown)\" aria-describedby=\"url-hint url-fault\""))
      let fault = answer.body.firstMatch(of: /id="url-fault">([^<]*)</)?.1 ?? ""
      #expect(fault.contains(words), "\(fault)")
      #expect(answer.body.contains("value=\"ticket.closed\" checked"))
      #expect(!answer.body.contains("events-fault"))
      let path = try await tenant.makeEndpoint()
      try await browser.open("\(path)/edit")
      let edit = try await browser.send("\(path)/edit", [("url", url), ("events", "all")])
      #expect(edit.status == 422)
      #expect(try await browser.open(path).body.contains(Self.url))
    }

    @Test("Without an event, or with one that there is not, the events are marked")
    func badEvents() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      for events in [[], ["webhook.test"], ["ticket.created,ticket.closed"]] {
        let fields = events.map { ("events", $0) }
        let answer = try await browser.create("webhooks", [("url", Self.url)] + fields)
        #expect(answer.status == 422)
        #expect(answer.body.contains("id=\"events-fault\""))
        #expect(answer.body.contains("value=\"\(Self.url)\""))
      }
    }

    @Test("Edited, disabled with a reason, enabled, rotated: the page tells each")
    func changes() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let path = try await tenant.makeEndpoint()
      let form = try await browser.open("\(path)/edit")
      #expect(form.body.contains("value=\"\(Self.url)\""))
      #expect(form.body.contains("value=\"ticket.created\" checked"))
      let moved = [("url", "HTTPS://moved.invalid/"), ("events", "ticket.closed")]
      #expect(try await browser.send("\(path)/edit", moved).location == path)
      let page = try await browser.open(path).body
      #expect(page.contains("<code>https://moved.invalid/</code>"))
      #expect(page.contains("<code>ticket.closed</code>") && !page.contains("ticket.created"))

      try await browser.open("\(path)/disable")
      let long = [("reason", String(repeating: "x", count: 201))]
      #expect(try await browser.send("\(path)/disable", long).status == 422)
      let reason = [("reason", "it moves <today>")]
      for _ in 0..<2 {
        #expect(try await browser.send("\(path)/disable", reason).status == 303)
      }
      let disabled = try await browser.open(path).body
      #expect(disabled.contains("Bob Admin disabled it: it moves &lt;today&gt;."))
      #expect(try await browser.open("\(path)/disable").location == path)
      #expect(try await browser.open("/settings/webhooks").body.contains("Disabled since"))
      #expect(try await browser.send("\(path)/redeliver", [("hours", "24")]).status == 409)
      #expect(try await browser.send("\(path)/enable").location == path)
      #expect(try await !browser.open(path).body.contains("Disabled since"))

      let rotation = try await browser.open("\(path)/rotate")
      let current = [("current", rotation.field("current") ?? "")]
      for _ in 0..<2 {
        let answer = try await browser.send("\(path)/rotate", current)
        #expect(answer.location == path)
      }
      let secrets = try await browser.send("\(path)/secret").body
      #expect(Set(secrets.matches(of: /whsec_[A-Za-z0-9+\/]{43}=/).map { $0.0 }).count == 2)
      #expect(try await browser.send("\(path)/redeliver", [("hours", "5")]).status == 400)
    }

    @Test("Each state of an endpoint is told, with its reason")
    func states() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      let path = try await tenant.makeEndpoint()
      for (change, words) in [
        ("consecutive_failures = 1", "1 failure; 10 in a row disable it."),
        ("consecutive_failures = 3", "3 failures in a row; 10 in a row disable it."),
        (
          "disabled_at = '2026-03-17 09:30Z', disabled_reason = '10 deliveries in a row failed'",
          "2026-03-17 09:30 UTC</time> by the circuit breaker: 10 deliveries in a row failed."
        ),
        ("disabled_reason = 'it answered 410 Gone'", "UTC</time>: it answered 410 Gone."),
      ] {
        try await tenant.sql.run(
          "update helpdesk.endpoints set \(change) where org_id = '\(tenant.id)'")
        for page in ["/settings/webhooks", path] {
          #expect(try await browser.open(page).body.contains(words), "\(page): \(words)")
        }
      }
    }

    @Test("Deleted, it is gone from every page, and its deliveries with it")
    func delete() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let path = try await tenant.makeEndpoint()
      let delivery = try await tenant.holdTestDelivery(path)
      #expect(try await browser.open(delivery).status == 200)
      let page = try await browser.open("\(path)/delete")
      #expect(page.body.contains("1 delivery that waits is dropped."))
      #expect(try await browser.send("\(path)/delete").location == "/settings/webhooks")
      let list = try await browser.open("/settings/webhooks").body
      #expect(list.contains("The endpoint is deleted.") && !list.contains(Self.url))
      for gone in [path, "\(path)/deliveries", "\(path)/edit", delivery] {
        #expect(try await browser.open(gone).status == 404, "\(gone)")
      }
      try await browser.open("/settings/account")
      for gone in ["\(path)/delete", "\(path)/test", "\(path)/enable", "\(delivery)/redeliver"] {
        #expect(try await browser.send(gone).status == 404, "\(gone)")
      }
      _ = try await tenant.makeTicket()
      #expect(try await tenant.events().last?.deliveries == [:])
      #expect(
        try await browser.open("/settings/audit").body.contains(
          "deleted the webhook endpoint <strong>"))
    }
  }
}
