/// A unit of work on its way: first queued, then in flight on one connection, until its completion is
/// called once.
struct PendingUnit: Sendable {
  let unit: UnitOfWork
  /// The time by which it must have been answered, in nanoseconds on the monotonic clock.
  let deadline: UInt64
  /// The time by which it must have been sent.
  let waitDeadline: UInt64
  let completion: @Sendable (Result<[Rows], PostgresError>) -> Void
  /// True if it was sent again because the server had forgotten its statements.
  var isRepetition = false
}
