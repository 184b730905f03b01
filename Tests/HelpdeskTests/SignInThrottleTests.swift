import TestSupport
import Testing

@testable import Helpdesk

@Suite("The sign-in throttle") struct SignInThrottleTests {
  private func isAllowed(_ verdict: SignInThrottle.Verdict) -> Bool {
    if case .allowed = verdict { true } else { false }
  }

  private func retryAfter(_ verdict: SignInThrottle.Verdict) -> Int? {
    if case .refused(let seconds) = verdict { seconds } else { nil }
  }

  @Test("ten tries of an account from an address are allowed, however many come at once")
  func account() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<40 {
          group.addTask {
            self.isAllowed(try await throttle.tryOnce(account: "a@b.example", address: "192.0.2.1"))
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(allowed == SignInThrottle.mostOfAccount)
      let other = try await throttle.tryOnce(account: "c@b.example", address: "192.0.2.1")
      #expect(isAllowed(other))
      let elsewhere = try await throttle.tryOnce(account: "a@b.example", address: "192.0.2.2")
      #expect(isAllowed(elsewhere))
      let refused = try await throttle.tryOnce(account: "A@b.example", address: "192.0.2.1")
      #expect((880...900).contains(try #require(retryAfter(refused))))
    }
  }

  @Test("a try leaves the window after a quarter of an hour, to the second told")
  func window() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      func once() async throws -> SignInThrottle.Verdict {
        try await throttle.tryOnce(account: "a@b.example", address: "192.0.2.1")
      }
      for _ in 0..<10 { #expect(isAllowed(try await once())) }
      func age(_ seconds: Int) async throws {
        try await fixture.psql(
          """
          update helpdesk.sign_in_attempts
             set hits = array(select h - interval '\(seconds) s' from unnest(hits) h)
          """)
      }
      try await age(800)
      let seconds = try #require(retryAfter(try await once()))
      #expect((80...100).contains(seconds))
      try await age(seconds)
      #expect(isAllowed(try await once()))
    }
  }

  @Test("a hundred tries from an address are allowed, over all accounts")
  func address() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for index in 0..<SignInThrottle.mostOfAddress {
        let verdict = try await throttle.tryOnce(
          account: "\(index / 5)@b.example", address: "192.0.2.1")
        #expect(isAllowed(verdict))
      }
      let refused = try await throttle.tryOnce(account: "new@b.example", address: "192.0.2.1")
      #expect(retryAfter(refused) != nil)
      let elsewhere = try await throttle.tryOnce(account: "new@b.example", address: "192.0.2.2")
      #expect(isAllowed(elsewhere))
    }
  }

  @Test("a right password clears the account and leaves the address's count")
  func forget() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      func once() async throws -> SignInThrottle.Verdict {
        try await throttle.tryOnce(account: "a@b.example", address: "192.0.2.1")
      }
      for _ in 0..<SignInThrottle.mostOfAddress {
        guard case .allowed(let allowed) = try await once() else {
          Issue.record("refused")
          return
        }
        try await throttle.forget(allowed)
      }
      #expect(retryAfter(try await once()) != nil)
    }
  }

  @Test("a try taken back was none, of account, address and network")
  func takeBack() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for index in 0..<2 * SignInThrottle.mostOfAccount {
        let verdict = try await throttle.tryOnce(account: "a@b.example", address: "192.0.2.1")
        guard case .allowed(let allowed) = verdict else {
          Issue.record("refused")
          return
        }
        // Every second one stays.
        if index % 2 == 0 { try await throttle.takeBack(allowed) }
      }
      let counts = try await fixture.psql(
        "select string_agg(cardinality(hits)::text, ' ') from helpdesk.sign_in_attempts")
      #expect(counts == "10 10 10")
    }
  }

  @Test("what is refused writes nothing, however many accounts an address makes up")
  func refusals() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for index in 0..<SignInThrottle.mostOfAddress {
        _ = try await throttle.tryOnce(account: "\(index / 10)@b.example", address: "192.0.2.1")
      }
      let rows = "select count(*), sum(cardinality(hits)) from helpdesk.sign_in_attempts"
      let before = try await fixture.psql(rows)
      #expect(before == "12|300")
      for index in 0..<20 {
        let verdict = try await throttle.tryOnce(
          account: "\(index)@other.example", address: "192.0.2.1")
        #expect(retryAfter(verdict) != nil)
      }
      #expect(try await fixture.psql(rows) == before)
    }
  }

  @Test("an account without tries left costs its address none")
  func exhausted() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for _ in 0..<SignInThrottle.mostOfAddress + 20 {
        _ = try await throttle.tryOnce(account: "a@b.example", address: "192.0.2.1")
      }
      let other = try await throttle.tryOnce(account: "c@b.example", address: "192.0.2.1")
      #expect(isAllowed(other))
    }
  }

  @Test("a network has some hundred tries, over all its addresses")
  func network() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      var allowed = 0
      for index in 0..<SignInThrottle.mostOfNetwork + 5 {
        let verdict = try await throttle.tryOnce(
          account: "a@b.example", address: "2001:db8:0:\(String(index / 8, radix: 16))::1")
        allowed += isAllowed(verdict) ? 1 : 0
      }
      #expect(allowed == SignInThrottle.mostOfNetwork)
      let elsewhere = try await throttle.tryOnce(account: "a@b.example", address: "2001:db8:1::1")
      #expect(isAllowed(elsewhere))
    }
  }

  @Test(
    "what counts as one address, and as one network",
    arguments: [
      ("2001:db8::1", "2001:db8::ffff:1", true, true),
      ("2001:db8::1", "2001:db8:0:1::1", false, true),
      ("2001:db8::1", "2001:db8:1::1", false, false),
      ("192.0.2.1", "192.0.2.2", false, true), ("192.0.2.1", "192.0.3.1", false, false),
      ("192.0.2.1", "::ffff:192.0.2.1", true, true),
      ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false, true), ("", "", true, true),
    ])
  func place(one: String, other: String, isSameAddress: Bool, isSameNetwork: Bool) {
    let places = (SignInThrottle.Place(of: one), SignInThrottle.Place(of: other))
    #expect((places.0.address == places.1.address) == isSameAddress)
    #expect((places.0.network == places.1.network) == isSameNetwork)
  }
}
