import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct RetentionTests {
  @Test("finished deliveries of a certain age go, with their attempts and then their events")
  func pruning() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await fixture.endpoint()
      // Six a state, each with an event of its own, half of them old.
      try await fixture.psql(
        """
        insert into helpdesk.events (org_id, id, type, body, created_at)
        select '\(fixture.organization)', 'e' || n, 'webhook.test', '{}',
               clock_timestamp() - n % 2 * interval '40 days'
          from generate_series(0, 39) n;
        insert into helpdesk.deliveries
          (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at, locked_until,
           finished_at)
        select org_id, 'd' || n, '\(endpoint)', id, state, created_at,
               case when state = 'pending' then created_at end,
               case when state = 'sending' then created_at end,
               case when state in ('succeeded', 'failed') then created_at end
          from helpdesk.events, lateral (select substr(id, 2)::int as n) number,
               unnest(array['pending', 'sending', 'succeeded', 'failed', 'held'])
                 with ordinality as s (state, place)
         where place = 1 + n / 6;
        insert into helpdesk.attempts
          (org_id, id, delivery_id, number, started_at, duration, status)
        select org_id, 'a' || id, id, 1, created_at, '1 s', 200 from helpdesk.deliveries
        """)
      let retention = Retention(fixture.pool, age: .seconds(30 * 86_400))
      #expect(try await retention.pruneDeliveries() == 6)
      #expect(try await retention.pruneDeliveries() == 0)
      #expect(
        try await fixture.states(endpoint)
          == "failed 3, held 6, pending 6, sending 6, succeeded 3")
      #expect(try await fixture.psql("select count(*) from helpdesk.attempts") == "24")
      let first = try await retention.pruneEvents(after: nil)
      // Six of the deliveries above, and five old events that never had one.
      #expect(first.deleted == 11)
      #expect(first.next != nil)
      let second = try await retention.pruneEvents(after: first.next)
      #expect(second.deleted == 0)
      #expect(second.next == nil)
      #expect(try await fixture.psql("select count(*) from helpdesk.events") == "29")
    }
  }

  @Test("sessions too old to hold go, and counts of tries that have left the window")
  func signIns() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      for _ in 0..<3 { _ = try await fixture.session(account) }
      try await fixture.psql(
        """
        update helpdesk.sessions set created_at = created_at - interval '7 days'
         where hash <> (select hash from helpdesk.sessions limit 1)
        """)
      let throttle = SignInThrottle(fixture.pool)
      for index in 0..<3 {
        _ = try await throttle.tryOnce(account: "\(index)", address: "192.0.2.1")
      }
      try await fixture.psql(
        """
        update helpdesk.sign_in_attempts set last_at = last_at - interval '16 minutes'
         where cardinality(hits) = 1
        """)
      let retention = Retention(fixture.pool, age: .seconds(86_400))
      #expect(try await retention.pruneExpired() == 3)
      #expect(try await retention.pruneExpired() == 0)
      let counts = try await fixture.psql(
        """
        select (select count(*) from helpdesk.sessions),
               (select count(*) from helpdesk.sign_in_attempts)
        """)
      #expect(counts == "1|2")
    }
  }

  @Test("idempotency keys older than 24 hours go, a batch at a time")
  func idempotencyKeys() async throws {
    try await Fixture.with { fixture in
      try await fixture.psql(
        """
        insert into helpdesk.idempotency_keys (org_id, key, fingerprint, answer, created_at)
        select '\(fixture.organization)', n, sha256(n::text::bytea), '{}',
               clock_timestamp() - interval '24 hours' + n * interval '1 minute'
          from generate_series(-599, 40) n
        """)
      let retention = Retention(fixture.pool, age: .seconds(86_400))
      #expect(try await retention.pruneExpired() == Retention.batch)
      #expect(
        try await fixture.psql(
          "select count(*), min(key::int) from helpdesk.idempotency_keys") == "140|-99")
      #expect(try await retention.pruneExpired() == 100)
      #expect(try await retention.pruneExpired() == 0)
      #expect(
        try await fixture.psql(
          "select count(*), min(key::int) from helpdesk.idempotency_keys") == "40|1")
    }
  }

  @Test("counters of keys without a request for five minutes go, and no others")
  func rateLimits() async throws {
    try await Fixture.with { fixture in
      for (limit, isIdle) in [(10, true), (10, false), (5000, true), (5000, false)] {
        let key = try await fixture.key(limit: Int32(limit))
        _ = try await AdmissionStore(fixture.pool).admit(key.hash)
        guard isIdle else { continue }
        try await fixture.psql(
          """
          update helpdesk.rate_limits
             set last_slot = greatest(0, last_slot - 3010),
                 hits = array(select h - interval '301 s' from unnest(hits) h)
           where key_id = '\(key.id)'
          """)
      }
      let retention = Retention(fixture.pool, age: .seconds(86_400))
      // Nobody has noted yet when their keys were last used.
      #expect(try await retention.pruneRateLimits() == 0)
      #expect(try await APIKeyStore(fixture.pool).noteUse() == 4)
      #expect(try await retention.pruneRateLimits() == 2)
      #expect(try await retention.pruneRateLimits() == 0)
      #expect(try await fixture.psql("select count(*) from helpdesk.rate_limits") == "2")
    }
  }
}
