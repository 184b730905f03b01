import TestSupport
import Testing

extension TacoHelp {
  @Suite("Deliveries in the console") struct DeliveryPagesTests {
    /// An endpoint with 120 failed deliveries of tests, the newest last, and one held of a ticket.
    private func make(_ tenant: Tenant) async throws -> String {
      let id = try await tenant.sql.run(
        """
        select endpoint_id from ops.create_endpoint(
          '\(tenant.id)', 'https://hooks.invalid/', '{ticket.created}')
        """)
      try await tenant.sql.run(
        """
        do $$ begin perform ops.disable_endpoint('\(id)', 'for the test'); end $$;
        insert into helpdesk.events (org_id, id, type, body, created_at)
        select '\(tenant.id)', helpdesk.new_id(m.at), 'webhook.test', '{"n":' || n || '}', m.at
          from generate_series(1, 120) n,
               lateral (select now() - interval '3 hours' + n * interval '1 s') m (at);
        insert into helpdesk.deliveries
          (org_id, id, endpoint_id, event_id, state, attempts, created_at, finished_at)
        select org_id, helpdesk.new_id(created_at), '\(id)', id, 'failed', 4, created_at, created_at
          from helpdesk.events where org_id = '\(tenant.id)';
        insert into helpdesk.attempts
          (org_id, id, delivery_id, number, started_at, duration, status, error, response)
        select org_id, helpdesk.new_id(now()), id, 4, created_at, '23 ms', 503,
               'the endpoint answered 503', '<b>down & out</b>'
          from helpdesk.deliveries where org_id = '\(tenant.id)'
        """)
      _ = try await tenant.makeTicket()
      return "/settings/webhooks/\(id)"
    }

    private func rows(_ page: Answer) -> Int { page.body.ranges(of: "data-label=\"Made\"").count }

    private func link(_ text: String, in page: Answer) -> String? {
      page.body.matches(of: /<a class="button quiet" href="([^"]*)">(\w+)<\/a>/)
        .first { $0.2 == text }.map { String($0.1).replacing("&amp;", with: "&") }
    }

    @Test("The log is read page by page, by state, by event and by age")
    func log() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      let path = "\(try await make(tenant))/deliveries"
      let first = try await browser.open(path)
      #expect(rows(first) == 50)
      #expect(link("Newest", in: first) == nil)
      let second = try await browser.open(try #require(link("Older", in: first)))
      #expect(rows(second) == 50)
      let third = try await browser.open(try #require(link("Older", in: second)))
      #expect(rows(third) == 21)
      #expect(link("Older", in: third) == nil)
      #expect(rows(try await browser.open(try #require(link("Newest", in: third)))) == 50)
      for (query, count) in [
        ("state=failed", 50), ("state=held", 1), ("state=succeeded", 0), ("type=ticket.created", 1),
        ("type=webhook.test&since=day", 50), ("since=hour", 1), ("state=held&since=hour", 1),
        // Filters that make no sense are ignored.
        ("state=lost&type=x&since=never&before=x", 50), ("before=9999999999999999999-x", 50),
      ] {
        let page = try await browser.open("\(path)?\(query)")
        #expect(page.status == 200)
        #expect(rows(page) == count, "\(query)")
        if count == 0 { #expect(page.body.contains("No delivery found that fits.")) }
      }
      let failed = try await browser.open("\(path)?state=failed&type=webhook.test")
      let older = try #require(link("Older", in: failed))
      #expect(older.contains("state=failed&type=webhook.test"))
      #expect(rows(try await browser.open(older)) == 50)
      #expect(failed.body.contains("<option value=\"failed\" selected>"))
      #expect(failed.body.contains("the endpoint answered 503"))
    }

    @Test("A delivery shows what was sent, every attempt, and the answer, as text")
    func detail() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let path = try await make(tenant)
      let row = try await tenant.sql.run(
        """
        select id, event_id from helpdesk.deliveries
         where org_id = '\(tenant.id)' and state = 'failed' order by created_at limit 1
        """
      ).split(separator: "|")
      let (delivery, event) = (row[0], row[1])
      let page = try await browser.open("/settings/webhooks/deliveries/\(delivery)")
      for text in [
        "It failed for good after 4 attempts.", "Attempt 4: the endpoint answered 503",
        "took 23 ms",
        "&lt;b&gt;down &amp; out&lt;/b&gt;", "{&quot;n&quot;:1}", "POST https://hooks.invalid/",
        "X-Webhook-Delivery: \(delivery)", "webhook-id: \(event)", "href=\"\(path)\"",
      ] {
        #expect(page.body.contains(text), "\(text)")
      }
      let again = "/settings/webhooks/deliveries/\(delivery)/redeliver"
      #expect(try await browser.send(again).status == 303)
      let held = try await browser.open("/settings/webhooks/deliveries/\(delivery)")
      #expect(held.body.contains("the endpoint is disabled"))
      #expect(held.body.contains("It is sent again."))
      #expect(try await browser.open(again).status == 303)
      try await tenant.sql.run(
        """
        update helpdesk.deliveries
           set state = 'sending', locked_until = now() + interval '1 hour', finished_at = null
         where org_id = '\(tenant.id)' and id = '\(delivery)'
        """)
      let busy = try await browser.send(again)
      #expect(busy.status == 409)
      #expect(busy.body.contains("It is being sent at this moment"))
      let sending = try await browser.open("/settings/webhooks/deliveries/\(delivery)?look=1")
      #expect(sending.body.contains("?look=2\" data-look-again>Look again"))
      #expect(!sending.body.contains("Send it again"))
      #expect(
        try await browser.open("/settings/audit").body.contains(
          "sent deliveries again to <strong>"))
    }

    @Test("The page of an endpoint counts what is held and failed, and draws the last 24 hours")
    func counts() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let path = try await make(tenant)
      let page = try await browser.open(path).body
      #expect(page.contains("0 waiting, 1 held, 120 failed"))
      #expect(page.contains("Held: 1. Failed since it was disabled: 0."))
      #expect(page.contains("0 succeeded and 120 failed."))
      #expect(page.ranges(of: "class=\"bad-bar\"").count == 24)
      #expect(page.contains("<svg class=\"chart\"") && page.contains("role=\"img\""))
      #expect(page.contains("<th scope=\"col\">Failed</th>"))
    }
  }
}
