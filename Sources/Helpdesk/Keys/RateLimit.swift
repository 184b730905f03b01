public import Postgres

/// A key's use of its sliding window of 60 seconds, by the database's clock.
public struct RateLimit: Sendable, Equatable {
  public static let window = 60

  /// Requests allowed in any window.
  public var limit: Int
  /// Requests that would be admitted now.
  public var remaining: Int
  /// When the oldest counted request leaves the window.
  public var freesAt: Timestamp
  /// The moment of this state.
  public var at: Timestamp

  /// Unix seconds, rounded up, when the next unit frees up.
  public var resetsAtUnixSeconds: Int64 { Self.roundUp(freesAt.microsecondsSince1970) }

  /// Whole seconds, rounded up, after which the next unit is free. At least 1.
  public var secondsUntilReset: Int64 {
    max(1, Self.roundUp(freesAt.microsecondsSince2000 - at.microsecondsSince2000))
  }

  private static func roundUp(_ microseconds: Int64) -> Int64 {
    (microseconds + 999_999) / 1_000_000
  }
}
