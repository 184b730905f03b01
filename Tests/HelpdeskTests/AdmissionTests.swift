import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct AdmissionTests {
  private func admitted(_ store: AdmissionStore, _ hash: [UInt8], times: Int) async throws -> Int {
    try await atOnce(times) { _ in
      if case .admitted = try await store.admit(hash) { true } else { false }
    }.count { $0 }
  }

  @Test("a slot counts until sixty seconds after its end")
  func slots() async throws {
    try await Fixture.with { fixture in
      let key = try await fixture.key(limit: 2000)
      let store = AdmissionStore(fixture.pool)
      #expect(try await admitted(store, key.hash, times: 2100) == 2000)
      // All in one slot, 50 s ago: they still count. 60.1 s after its end none does.
      func move(_ tenths: Int) async throws {
        try await fixture.psql(
          """
          update helpdesk.rate_limits
             set slots = array_fill(0, array[600]) || 2000, used = 2000,
                 last_slot = floor(extract(epoch from clock_timestamp()) * 10) - \(tenths)
           where key_id = '\(key.id)'
          """)
      }
      try await move(500)
      #expect(try await admitted(store, key.hash, times: 1) == 0)
      try await move(601)
      #expect(try await admitted(store, key.hash, times: 10) == 10)
    }
  }

  @Test("a refusal writes nothing")
  func refusal() async throws {
    try await Fixture.with { fixture in
      let key = try await fixture.key(limit: 1)
      let store = AdmissionStore(fixture.pool)
      #expect(try await admitted(store, key.hash, times: 1) == 1)
      #expect(try await APIKeyStore(fixture.pool).noteUse() == 1)
      let rows = """
        select r.ctid, r.xmin, r.xmax, k.ctid, k.xmin
          from helpdesk.rate_limits r join helpdesk.api_keys k on k.id = r.key_id
         where k.id = '\(key.id)'
        """
      let before = try await fixture.psql(rows)
      #expect(try await admitted(store, key.hash, times: 60) == 0)
      #expect(try await APIKeyStore(fixture.pool).noteUse() == 0)
      #expect(try await fixture.psql(rows) == before)
    }
  }

  /// Requests that were admitted, in the form that the row has after the clock was set back.
  private func setBack(_ interval: String, _ key: String, _ fixture: Fixture) async throws {
    try await fixture.psql(
      """
      update helpdesk.rate_limits
         set hits = array(select h.at + interval '\(interval)'
                            from unnest(hits) with ordinality h (at, n) order by n),
             last_slot = last_slot + sign(last_slot) * extract(epoch from interval '\(interval)') * 10
       where key_id = '\(key)'
      """)
  }

  @Test(
    "after the clock was set back a key waits a window from its next request, and gets its limit then",
    arguments: [3, 2000], ["1 h", "1 s"])
  func clock(limit: Int, back: String) async throws {
    try await Fixture.with { fixture in
      let key = try await fixture.key(limit: Int32(limit))
      let store = AdmissionStore(fixture.pool)
      #expect(try await admitted(store, key.hash, times: limit) == limit)
      try await setBack(back, key.id, fixture)
      let use = "select used, remaining from ops.rate_limit_use where key_id = '\(key.id)'"
      #expect(try await fixture.psql(use) == "\(limit)|0")
      // Also for one whom nobody admits, and who goes on asking.
      for _ in 0..<3 {
        guard case .refused(_, let limit) = try await store.admit(key.hash) else {
          Issue.record("admitted")
          return
        }
        #expect((59...61).contains(limit.secondsUntilReset))
      }
      #expect(try await fixture.psql(use) == "\(limit)|0")
      let rowIsAhead = """
        select hits[cardinality(hits)] > clock_timestamp()
               or last_slot > extract(epoch from clock_timestamp()) * 10
          from helpdesk.rate_limits where key_id = '\(key.id)'
        """
      #expect(["f", ""].contains(try await fixture.psql(rowIsAhead)))
      try await setBack("-59 s", key.id, fixture)
      #expect(try await admitted(store, key.hash, times: 1) == 0)
      try await setBack("-2 s", key.id, fixture)
      #expect(try await admitted(store, key.hash, times: limit + 5) == limit)
    }
  }

  @Test(
    "requests before and after a clock that is set back are counted together, each for a minute",
    arguments: [4, 2000])
  func clockInBetween(limit: Int) async throws {
    try await Fixture.with { fixture in
      let key = try await fixture.key(limit: Int32(limit))
      let store = AdmissionStore(fixture.pool)
      let half = limit / 2
      #expect(try await admitted(store, key.hash, times: half) == half)
      // Half a minute ago by a clock that was 10 s ahead; a quarter of them later than it is now.
      try await setBack("-20 s", key.id, fixture)
      #expect(try await admitted(store, key.hash, times: half / 2) == half / 2)
      try await setBack("10 s", key.id, fixture)
      #expect(try await admitted(store, key.hash, times: limit) == limit - half - half / 2)
      // 50 s later the first half is gone, and the rest is not.
      try await setBack("-51 s", key.id, fixture)
      #expect(try await admitted(store, key.hash, times: limit) == half)
    }
  }

  @Test("no minute admits more than the limit, however often the clock is set back")
  func restlessClock() async throws {
    try await Fixture.with { fixture in
      for limit in [10, 1100] {
        let key = try await fixture.key(limit: Int32(limit))
        let store = AdmissionStore(fixture.pool)
        var total = 0
        for back in ["3 s", "200 ms", "90 s", "10 ms", "2 h"] {
          total += try await admitted(store, key.hash, times: limit / 4)
          try await setBack(back, key.id, fixture)
        }
        total += try await admitted(store, key.hash, times: limit)
        #expect(total == limit)
      }
    }
  }

  @Test("an emptied limiter, as after a crash, starts anew")
  func truncated() async throws {
    try await Fixture.with { fixture in
      let key = try await fixture.key(limit: 2)
      let store = AdmissionStore(fixture.pool)
      #expect(try await admitted(store, key.hash, times: 3) == 2)
      try await fixture.psql("truncate helpdesk.rate_limits")
      #expect(try await admitted(store, key.hash, times: 3) == 2)
    }
  }

  @Test("two servers that admit many keys at once in any order do not deadlock")
  func order() async throws {
    try await Fixture.with { fixture in
      var hashes: [[UInt8]] = []
      for _ in 0..<20 { hashes.append(try await fixture.key(limit: 1000).hash) }
      let (one, other) = (AdmissionStore(fixture.pool), AdmissionStore(fixture.pool))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for round in 0..<50 {
          for hash in round.isMultiple(of: 2) ? hashes : hashes.reversed() {
            group.addTask { _ = try await one.admit(hash) }
            group.addTask { _ = try await other.admit(hash) }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
