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
        try await fixture.database.psql(
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

  @Test("a right password gives the try back")
  func forget() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for _ in 0..<SignInThrottle.mostOfAddress + 20 {
        let verdict = try await throttle.tryOnce(account: "a@b.example", address: "192.0.2.1")
        guard case .allowed(let allowed) = verdict else {
          Issue.record("refused")
          return
        }
        try await throttle.forget(allowed)
      }
    }
  }

  @Test("what has left the window is swept out, and nothing typed is stored")
  func sweep() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for index in 0..<5 {
        _ = try await throttle.tryOnce(account: "hunter\(index)", address: "192.0.2.1")
      }
      let rows = try await fixture.database.psql("select a::text from helpdesk.sign_in_attempts a")
      #expect(!rows.contains("hunter"))
      try await fixture.database.psql(
        "update helpdesk.sign_in_attempts set last_at = last_at - interval '16 minutes'")
      _ = try await throttle.tryOnce(account: "new", address: "192.0.2.2")
      #expect(
        try await fixture.database.psql("select count(*) from helpdesk.sign_in_attempts") == "2")
    }
  }

  @Test(
    "an IPv6 network counts as one address",
    arguments: [
      ("2001:db8::1", "2001:db8::ffff:1", true), ("2001:db8::1", "2001:db8:0:1::1", false),
      ("192.0.2.1", "192.0.2.2", false), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
    ])
  func network(one: String, other: String, isSame: Bool) {
    #expect((SignInThrottle.network(of: one) == SignInThrottle.network(of: other)) == isSame)
  }
}
