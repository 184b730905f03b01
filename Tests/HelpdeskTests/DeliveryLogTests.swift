import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("The delivery log") struct DeliveryLogTests {
  /// Makes `count` deliveries of events of this type, the newest now, a second apart.
  private func make(
    _ count: Int, _ type: String, _ state: String, to endpoint: EndpointID, in fixture: Fixture,
    ticket: TicketID? = nil, ago: String = "0"
  ) async throws {
    try await fixture.psql(
      """
      with event as (
        insert into helpdesk.events (org_id, id, type, ticket_id, body, created_at)
        select '\(fixture.organization)', helpdesk.new_id(m.at), '\(type)',
               \(ticket.map { "'\($0)'" } ?? "null"), '{}', m.at
          from generate_series(1, \(count)) n,
               lateral (select now() - interval '\(ago)' - n * interval '1 s') m (at)
        returning *
      )
      insert into helpdesk.deliveries
        (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at, finished_at)
      select org_id, helpdesk.new_id(created_at), '\(endpoint)', id, '\(state)', created_at,
             case when '\(state)' = 'pending' then created_at end,
             case when '\(state)' in ('succeeded', 'failed') then created_at end from event
      """)
  }

  @Test("pages follow each other without gap or repetition, also among those of one moment")
  func paging() async throws {
    try await Fixture.with { fixture in
      let (log, id) = (DeliveryLog(fixture.pool), try await fixture.endpoint())
      try await fixture.makeDeliveries(70, to: id)
      try await make(50, "webhook.test", "succeeded", to: id, in: fixture, ago: "1 minute")
      var (seen, sizes): ([String], [Int]) = ([], [])
      var cursor: DeliveryLog.Cursor?
      repeat {
        let page = try await log.list(id, in: fixture.organization, .init(), before: cursor)
        seen += page.entries.map(\.id.rawValue)
        sizes.append(page.entries.count)
        cursor = page.next
      } while cursor != nil && sizes.count < 9
      #expect(sizes == [50, 50, 20])
      let all = try await fixture.psql(
        "select id from helpdesk.deliveries order by created_at desc, id desc")
      #expect(seen == all.split(separator: "\n").map(String.init))
    }
  }

  @Test("rare deliveries are searched for a stretch at a time")
  func reach() async throws {
    try await Fixture.with { fixture in
      let (log, id) = (DeliveryLog(fixture.pool), try await fixture.endpoint())
      let ticket = try await fixture.ticket()
      try await fixture.psql("delete from helpdesk.deliveries")
      try await make(DeliveryLog.reach, "webhook.test", "succeeded", to: id, in: fixture)
      try await make(
        1, "ticket.merged", "succeeded", to: id, in: fixture, ticket: ticket, ago: "1 day")
      let filter = DeliveryLog.Filter(type: "ticket.merged")
      let first = try await log.list(id, in: fixture.organization, filter, before: nil)
      #expect(first.entries.isEmpty)
      let next = try #require(first.next)
      let second = try await log.list(id, in: fixture.organization, filter, before: next)
      #expect(second.entries.map(\.type) == ["ticket.merged"])
      #expect(second.next == nil)
    }
  }

  @Test("an endpoint's hours and counts are those of its deliveries, and stop where they must")
  func overview() async throws {
    try await Fixture.with { fixture in
      let store = EndpointStore(fixture.pool, keys: SecretKeys())
      let id = try await fixture.endpoint()
      try await make(3, "webhook.test", "failed", to: id, in: fixture, ago: "5 hours")
      try await make(2, "webhook.test", "succeeded", to: id, in: fixture, ago: "5 hours")
      try await make(4, "webhook.test", "succeeded", to: id, in: fixture, ago: "30 hours")
      try await make(1100, "webhook.test", "held", to: id, in: fixture, ago: "40 hours")
      let overview = try #require(try await store.overview(id, in: fixture.organization))
      #expect(
        overview.counts
          == Endpoint.Counts(pending: 0, held: 1000, failed: 3, failedMeanwhile: 0)
      )
      #expect(overview.hours.count == 24)
      #expect(overview.hours.reduce(0) { $0 + $1.succeeded } == 2)
      #expect(overview.hours.reduce(0) { $0 + $1.failed } == 3)
      #expect(overview.hours == overview.hours.sorted { $0.start < $1.start })
      #expect(!overview.hours.contains { $0.isCut })
      try await fixture.psql(
        """
        update helpdesk.endpoints set disabled_at = now() - interval '6 hours', disabled_reason = 'x'
        """)
      let disabled = try await store.overview(id, in: fixture.organization)
      #expect(disabled?.counts.failedMeanwhile == 3)
    }
  }

  @Test("what failed lately and what is held is sent again, 1,000 at once and the rest after")
  func redeliverFailed() async throws {
    try await Fixture.with { fixture in
      let session = try await fixture.admin()
      let store = EndpointStore(fixture.pool, keys: SecretKeys())
      let id = try await fixture.endpoint()
      try await make(1200, "webhook.test", "failed", to: id, in: fixture)
      try await make(5, "webhook.test", "failed", to: id, in: fixture, ago: "2 days")
      try await make(3, "webhook.test", "held", to: id, in: fixture)
      try await store.redeliverFailed(of: id, hours: 24, by: session, from: nil)
      #expect(try await fixture.states(id) == "failed 208, pending 1000")
      let queue = DeliveryStore(fixture.pool)
      #expect(try await queue.replayingEndpoints().map(\.1) == [id])
      #expect(try await queue.replay(id, of: fixture.organization) == 203)
      #expect(try await fixture.states(id) == "failed 5, pending 1203")
      try await store.disable(id, reason: "x", by: session, from: nil)
      await #expect(throws: HelpdeskError.unchanged) {
        try await store.redeliverFailed(of: id, hours: 24, by: session, from: nil)
      }
    }
  }

  @Test("one that is being sent is not sent again; others are, held on a disabled endpoint")
  func redeliver() async throws {
    try await Fixture.with { fixture in
      let session = try await fixture.admin()
      let store = EndpointStore(fixture.pool, keys: SecretKeys())
      let id = try await fixture.endpoint()
      let delivery = try await store.test(id, by: session, from: nil)
      _ = try await DeliveryStore(fixture.pool).claim()
      await #expect(throws: HelpdeskError.isBeingSent) {
        try await store.redeliver(delivery, by: session, from: nil)
      }
      try await fixture.psql(
        """
        update helpdesk.deliveries set state = 'failed', locked_until = null, finished_at = now()
        """)
      try await store.redeliver(delivery, by: session, from: nil)
      #expect(try await fixture.states(id) == "pending 1")
      try await store.disable(id, reason: "x", by: session, from: nil)
      try await store.redeliver(delivery, by: session, from: nil)
      #expect(try await fixture.states(id) == "held 1")
    }
  }
}
