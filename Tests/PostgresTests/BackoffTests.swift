import Testing

@testable import Postgres

@Suite("Backoff") struct BackoffTests {
  @Test("doubles from 50 ms to 1 s, shortened by a random half at most") func jitter() {
    var (least, most) = (Backoff(), Backoff())
    for milliseconds: UInt64 in [50, 100, 200, 400, 800, 1000, 1000, 1000] {
      let (a, b) = (least.nextAttempt, most.nextAttempt)
      least.failed(at: a) { $0.lowerBound }
      most.failed(at: b) { $0.upperBound }
      #expect(least.nextAttempt - a == milliseconds * 500_000)
      #expect(most.nextAttempt - b == milliseconds * 1_000_000)
    }
  }

  @Test("ten attempts that fail together count once") func together() {
    var backoff = Backoff()
    for i: UInt64 in 0..<10 { backoff.failed(at: 1000 + i) { $0.upperBound } }
    #expect(backoff.nextAttempt == 50_001_000)
    backoff.failed(at: backoff.nextAttempt) { $0.upperBound }
    #expect(backoff.nextAttempt == 150_001_000)
  }

  @Test("a success forgets the failures") func success() {
    var backoff = Backoff()
    #expect(!backoff.lastFailureIsCurrent)
    for _ in 0..<5 { backoff.failed(at: backoff.nextAttempt) }
    #expect(backoff.lastFailureIsCurrent)
    backoff.succeeded()
    #expect(!backoff.lastFailureIsCurrent)
    #expect(backoff.nextAttempt == 0)
    backoff.failed(at: 7) { $0.upperBound }
    #expect(backoff.nextAttempt == 50_000_007)
  }
}
