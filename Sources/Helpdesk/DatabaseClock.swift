public import Postgres

/// The database's clock, read once and carried forward by this process's monotonic clock. This machine's
/// wall clock is not involved.
public struct DatabaseClock: Sendable {
  private let reading: Timestamp
  private let readAt: ContinuousClock.Instant

  /// - Parameters:
  ///   - reading: the time on the database's clock
  ///   - readAt: when it was read
  public init(_ reading: Timestamp, readAt: ContinuousClock.Instant = .now) {
    self.reading = reading
    self.readAt = readAt
  }

  /// Unix seconds, rounded down.
  public var unixSeconds: Int {
    let elapsed = readAt.duration(to: .now) / .microseconds(1)
    let (seconds, rest) = reading.microsecondsSince1970.quotientAndRemainder(dividingBy: 1_000_000)
    return Int(seconds) + Int(((Double(rest) + elapsed) / 1_000_000).rounded(.down))
  }
}
