public import Postgres

/// The state of a key's sliding window of 60 seconds, by the database's clock.
public struct RateLimitStatus: Sendable, Equatable {
  public static let window = 60

  /// The most requests allowed in any window.
  public var limit: Int
  /// The number of requests that would be admitted now.
  public var remaining: Int
  /// When the oldest counted request leaves the window.
  public var freesAt: Timestamp
  /// When this was the state.
  public var at: Timestamp

  /// Unix seconds, rounded up, at which the next request is free.
  public var resetsAtUnixSeconds: Int64 { Self.roundUp(freesAt.microsecondsSince1970) }

  /// Whole seconds, rounded up, until the next request is free. At least 1.
  public var secondsUntilReset: Int64 {
    max(1, Self.roundUp(freesAt.microsecondsSince2000 - at.microsecondsSince2000))
  }

  private static func roundUp(_ microseconds: Int64) -> Int64 {
    (microseconds + 999_999) / 1_000_000
  }
}
