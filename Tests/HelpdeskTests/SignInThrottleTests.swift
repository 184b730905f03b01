import TestSupport
import Testing

@testable import Helpdesk

@Suite("The sign-in throttle") struct SignInThrottleTests {
  private static func isAllowed(
    _ throttle: SignInThrottle, _ account: String, _ address: String = "192.0.2.1"
  ) async throws -> Bool {
    try await retryAfter(throttle, account, address) == nil
  }

  /// Seconds until the next try is allowed; nil: this one was.
  private static func retryAfter(
    _ throttle: SignInThrottle, _ account: String, _ address: String = "192.0.2.1"
  ) async throws -> Int? {
    switch try await throttle.tryOnce(account: account, address: address) {
    case .allowed: nil
    case .refused(let seconds): seconds
    }
  }

  /// A try that has to be allowed.
  private static func allowed(_ throttle: SignInThrottle) async throws -> SignInThrottle.Try {
    guard
      case .allowed(let allowed) = try await throttle.tryOnce(
        account: "a@b.example", address: "192.0.2.1")
    else { throw TestError("refused") }
    return allowed
  }

  @Test("ten tries of an account from an address are allowed, however many come at once")
  func account() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      let tries = try await atOnce(40) { _ in try await Self.isAllowed(throttle, "a@b.example") }
      #expect(tries.count { $0 } == SignInThrottle.mostOfAccount)
      #expect(try await Self.isAllowed(throttle, "c@b.example"))
      #expect(try await Self.isAllowed(throttle, "a@b.example", "192.0.2.2"))
      let seconds = try #require(try await Self.retryAfter(throttle, "A@b.example"))
      #expect((880...900).contains(seconds))
    }
  }

  @Test("a try leaves the window after a quarter of an hour, at the second announced")
  func window() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for _ in 0..<10 { #expect(try await Self.isAllowed(throttle, "a@b.example")) }
      func age(_ seconds: Int) async throws {
        try await fixture.psql(
          """
          update helpdesk.sign_in_attempts
             set hits = array(select h - interval '\(seconds) s' from unnest(hits) h)
          """)
      }
      try await age(800)
      let seconds = try #require(try await Self.retryAfter(throttle, "a@b.example"))
      #expect((80...100).contains(seconds))
      try await age(seconds)
      #expect(try await Self.isAllowed(throttle, "a@b.example"))
    }
  }

  @Test(
    "a hundred tries from an address are allowed, over all accounts; those refused write nothing")
  func address() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for index in 0..<SignInThrottle.mostOfAddress {
        #expect(try await Self.isAllowed(throttle, "\(index / 5)@b.example"))
      }
      let rows = "select count(*), sum(cardinality(hits)) from helpdesk.sign_in_attempts"
      let before = try await fixture.psql(rows)
      #expect(before == "22|300")
      for index in 0..<20 {
        #expect(try await !Self.isAllowed(throttle, "\(index)@other.example"))
      }
      #expect(try await fixture.psql(rows) == before)
      #expect(try await Self.isAllowed(throttle, "new@b.example", "192.0.2.2"))
    }
  }

  @Test("a right password clears the account and leaves the address's count")
  func forget() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for _ in 0..<SignInThrottle.mostOfAddress {
        try await throttle.forget(Self.allowed(throttle))
      }
      #expect(try await !Self.isAllowed(throttle, "a@b.example"))
    }
  }

  @Test("a try taken back does not count, for account, address or network")
  func takeBack() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for index in 0..<2 * SignInThrottle.mostOfAccount {
        let allowed = try await Self.allowed(throttle)
        // Every second one stays.
        if index % 2 == 0 { try await throttle.takeBack(allowed) }
      }
      let counts = try await fixture.psql(
        "select string_agg(cardinality(hits)::text, ' ') from helpdesk.sign_in_attempts")
      #expect(counts == "10 10 10")
    }
  }

  @Test("an account without tries left uses none of its address's")
  func exhausted() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      for _ in 0..<SignInThrottle.mostOfAddress + 20 {
        _ = try await Self.isAllowed(throttle, "a@b.example")
      }
      #expect(try await Self.isAllowed(throttle, "c@b.example"))
    }
  }

  @Test("a network has a few hundred tries, over all its addresses")
  func network() async throws {
    try await Fixture.with { fixture in
      let throttle = SignInThrottle(fixture.pool)
      var allowed = 0
      for index in 0..<SignInThrottle.mostOfNetwork + 5 {
        let address = "192.0.2.\(index / 8)"
        allowed += try await Self.isAllowed(throttle, "a@b.example", address) ? 1 : 0
      }
      #expect(allowed == SignInThrottle.mostOfNetwork)
      #expect(try await Self.isAllowed(throttle, "a@b.example", "192.0.3.1"))
    }
  }
}

extension SignInThrottle {
  /// Counts a try from an IPv4 address.
  func tryOnce(account: String, address: String) async throws -> Decision {
    let network = address.split(separator: ".").dropLast().joined(separator: ".")
    return try await tryOnce(account: account, address: address, network: network)
  }
}
