/// A unit of work on its way: queued, then in flight on one connection, until its completion is called
/// once.
struct PendingUnit: Sendable {
  let unit: UnitOfWork
  /// When it must have been answered; nanoseconds on the monotonic clock.
  let deadline: UInt64
  /// When it must have been sent.
  let waitDeadline: UInt64
  let completion: @Sendable (Result<[Rows], PostgresError>) -> Void
  /// True if it was sent again because the server had forgotten its statements.
  var isRepetition = false
}
