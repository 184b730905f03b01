import Postgres
import TestSupport
import Testing

@testable import Helpdesk

/// Rows are written an hour later than the clock, as while it was ahead.
@Suite("After the clock was an hour ahead and is set right") struct MomentsAheadTests {
  private func momentsAhead(_ fixture: Fixture) -> MomentsAhead {
    MomentsAhead(fixture.pool, longestDelay: .seconds(30), longestRetryDelay: .seconds(300))
  }

  @Test("what waits longer than it ever has to is due; what has to wait does")
  func deliveries() async throws {
    try await Fixture.with { fixture in
      let one = try await fixture.endpoint(due: 4)
      _ = try await fixture.endpoint(due: 2)
      // Retries, but for the last of each; one of them was asked to wait for nearly five minutes.
      try await fixture.psql(
        """
        with d as (
          select id, row_number() over (partition by endpoint_id order by id) as n,
                 count(*) over (partition by endpoint_id) as count
            from helpdesk.deliveries
        )
        update helpdesk.deliveries w
           set attempts = (d.n < d.count)::int,
               next_attempt_at = w.next_attempt_at
                 + case when d.n = 2 then interval '299 s' else interval '1 h' end
          from d where d.id = w.id
        """)
      let store = DeliveryStore(fixture.pool)
      #expect(try await store.claim().isEmpty)
      let (due, isCut) = try await momentsAhead(fixture).setRight()
      #expect(due == 5 && !isCut)
      #expect(try await momentsAhead(fixture).setRight().due == 0)
      #expect(try await store.claim().count == 5)
      #expect(try await fixture.states(one) == "pending 1, sending 3")
    }
  }

  @Test("many are set right a batch at a time")
  func batches() async throws {
    try await Fixture.with { fixture in
      _ = try await fixture.endpoint(due: MomentsAhead.batch + 1)
      try await fixture.psql(
        "update helpdesk.deliveries set next_attempt_at = next_attempt_at + interval '1 h'")
      let first = try await momentsAhead(fixture).setRight()
      #expect(first.due == MomentsAhead.batch && first.isCut)
      let second = try await momentsAhead(fixture).setRight()
      #expect(second.due == 1 && !second.isCut)
    }
  }

  @Test("a lease that would last longer than a minute is over; one that began just before is not")
  func leases() async throws {
    try await Fixture.with { fixture in
      _ = try await fixture.endpoint(due: 2)
      let store = DeliveryStore(fixture.pool)
      let deliveries = try await store.claim()
      try await fixture.psql(
        """
        update helpdesk.deliveries
           set locked_until = locked_until
             + case id when '\(deliveries[0].id)' then interval '1 h' else interval '20 s' end
        """)
      #expect(try await store.rescue() == 1)
      #expect(try await store.claim().map(\.id) == [deliveries[0].id])
    }
  }

  @Test("tries to sign in have left the window after fifteen minutes")
  func signIns() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for _ in 0..<SignInThrottle.mostOfAccount {
        _ = try await throttle.tryOnce(account: "ada@example.com", address: "192.0.2.1")
      }
      func move(_ interval: String) async throws {
        try await fixture.psql(
          """
          update helpdesk.sign_in_attempts
             set last_at = last_at + interval '\(interval)',
                 hits = array(select h.at + interval '\(interval)'
                                from unnest(hits) with ordinality h (at, n) order by n)
          """)
      }
      func isAllowed() async throws -> Bool {
        let verdict = try await throttle.tryOnce(account: "ada@example.com", address: "192.0.2.1")
        if case .allowed = verdict { return true } else { return false }
      }
      try await move("1 h")
      _ = try await momentsAhead(fixture).setRight()
      #expect(try await !isAllowed())
      #expect(
        try await fixture.psql(
          """
          select count(*), bool_and(last_at <= clock_timestamp()),
                 bool_and(hits[cardinality(hits)] <= clock_timestamp()) from helpdesk.sign_in_attempts
          """) == "3|t|t")
      try await move("-15 minutes")
      #expect(try await isAllowed())
    }
  }

  @Test("a session lasts as long as others, by its last request and in any case")
  func sessions() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      let (token, _) = try await fixture.session(account)
      _ = try await fixture.session(account)
      try await fixture.psql(
        "update helpdesk.sessions set last_seen_at = last_seen_at + interval '1 h'")
      #expect(
        try await SessionStore(fixture.pool).find(token, in: fixture.organization) != nil)
      let ahead = """
        select count(*) filter (where last_seen_at > clock_timestamp()),
               count(*) filter (where created_at > clock_timestamp()) from helpdesk.sessions
        """
      #expect(try await fixture.psql(ahead) == "1|0")
      try await fixture.psql(
        "update helpdesk.sessions set created_at = created_at + interval '1 h'")
      _ = try await momentsAhead(fixture).setRight()
      #expect(try await fixture.psql(ahead) == "0|0")
    }
  }

  @Test("what ended, what was disabled and what was answered then did so now")
  func others() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await fixture.endpoint(due: 2)
      let store = DeliveryStore(fixture.pool)
      let deliveries = try await store.claim()
      _ = try await store.record(DeliveryResult(deliveries[0], .succeeded))
      _ = try await store.record(DeliveryResult(deliveries[1], .gone))
      try await fixture.psql(
        """
        update helpdesk.deliveries set finished_at = finished_at + interval '1 h';
        update helpdesk.endpoints set disabled_at = disabled_at + interval '1 h';
        insert into helpdesk.idempotency_keys (org_id, key, fingerprint, answer, created_at)
        values ('\(fixture.organization)', 'k', sha256('k'), '{}', clock_timestamp() + interval '1 h')
        """)
      _ = try await momentsAhead(fixture).setRight()
      #expect(
        try await fixture.psql(
          """
          select (select bool_and(finished_at <= clock_timestamp()) from helpdesk.deliveries),
                 (select bool_and(disabled_at <= clock_timestamp()) from helpdesk.endpoints),
                 (select bool_and(created_at <= clock_timestamp()) from helpdesk.idempotency_keys)
          """) == "t|t|t")
      // Failed no earlier than the endpoint was disabled, it is replayed.
      try await OperatorFunctions(fixture.pool).enableEndpoint(endpoint.rawValue, replay: true)
      #expect(try await fixture.states(endpoint) == "pending 1, succeeded 1")
    }
  }

  @Test("a key's use is noted again")
  func lastUse() async throws {
    try await Fixture.with { fixture in
      let key = try await fixture.key(limit: 10)
      try await fixture.psql(
        "update helpdesk.api_keys set last_used_at = clock_timestamp() + interval '1 h'")
      _ = try await AdmissionStore(fixture.pool).admit(key.hash)
      #expect(try await APIKeyStore(fixture.pool).noteUse() == 1)
      #expect(
        try await fixture.psql(
          "select last_used_at <= clock_timestamp() from helpdesk.api_keys") == "t")
    }
  }
}
