/// The delay after a failed connection: 50 ms, doubled with each failure up to 1 s, and shortened by a
/// random share of at most half, so that many servers do not return in step.
struct Backoff {
  private(set) var nextAttempt: UInt64 = 0
  private var failures = 0

  var lastFailureIsCurrent: Bool { failures > 0 }

  /// Attempts that were made together and fail together count once.
  mutating func failed(
    at now: UInt64, random: (ClosedRange<UInt64>) -> UInt64 = { UInt64.random(in: $0) }
  ) {
    guard now >= nextAttempt else { return }
    let delay = Self.delay(afterFailures: failures)
    nextAttempt = now + random(delay / 2...delay)
    failures = min(failures + 1, 16)
  }

  mutating func succeeded() {
    failures = 0
    nextAttempt = 0
  }

  /// Nanoseconds.
  static func delay(afterFailures failures: Int) -> UInt64 {
    min(1_000_000_000, 50_000_000 << UInt64(min(failures, 5)))
  }
}
