import CLibPQ
public import Logging
import Metrics
public import ServiceLifecycle

/// A fixed number of connections to one database, driven by one event thread.
///
/// Run it as a service; until it runs, units of work wait. While the database is away, they wait and then
/// fail in good time. A lost connection fails only what was in flight on it, and is replaced
/// automatically.
public final class PostgresPool: Service, Sendable {
  private let configuration: PostgresConfiguration
  private let inbox: Inbox<PoolMessage>
  private let report: PoolReport
  private let duration = Timer(label: "postgres_unit_duration")

  /// Throws if the system has no file descriptor left.
  public init(_ configuration: PostgresConfiguration, logger: Logger) throws(PostgresError) {
    var configuration = configuration
    if configuration.noticeLog == nil { configuration.noticeLog = NoticeLog(logger) }
    self.configuration = configuration
    self.inbox = try Inbox()
    self.report = PoolReport(logger)
  }

  /// Serves until graceful shutdown or cancellation. What is in flight then is still answered.
  public func run() async throws {
    let (configuration, inbox, report) = (configuration, inbox, report)
    let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw PostgresError.cannotConnect("no file descriptor left") }
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await onThread("pg-events") {
        var thread = EventThread(configuration, inbox, report, epoll: epoll)
        thread.run()
      }
    } onCancelOrGracefulShutdown: {
      self.inbox.send(.shutDown)
    }
  }

  /// Runs the statements of a unit in one round trip and one transaction: all of them or none.
  /// - Returns: the rows of each statement, in order
  public func execute(_ unit: UnitOfWork) async throws(PostgresError) -> [Rows] {
    let result = await withUnsafeContinuation { continuation in
      submit(unit, deadline: deadline) {
        continuation.resume(returning: $0)
      }
    }
    return try result.get()
  }

  /// True if each connection has its own session on the server.
  var hasOwnSessions: Bool { configuration.hasOwnSession }

  /// The time by which a unit submitted now must have been answered.
  @usableFromInline
  var deadline: UInt64 { monotonicNanoseconds() + configuration.timeout.wholeNanoseconds }

  /// Runs a statement that reads.
  public func read(_ query: Query) async throws(PostgresError) -> Rows {
    try await execute(UnitOfWork(.read, query))[0]
  }

  /// Runs a statement that writes.
  public func write(_ query: Query) async throws(PostgresError) -> Rows {
    try await execute(UnitOfWork(.write, query))[0]
  }

  /// Sends a unit without waiting. `completion` is called once, on the pool's thread or, if the unit is
  /// refused, on the caller's, and must not block.
  public func submit(
    _ unit: UnitOfWork,
    completion: @escaping @Sendable (Result<[Rows], PostgresError>) -> Void
  ) {
    submit(unit, deadline: deadline, completion: completion)
  }

  @usableFromInline
  func submit(
    _ unit: UnitOfWork, deadline: UInt64,
    completion: @escaping @Sendable (Result<[Rows], PostgresError>) -> Void
  ) {
    for query in unit.queries {
      if let fault = query.fault { return completion(.failure(fault)) }
    }
    let now = monotonicNanoseconds()
    let duration = self.duration
    let pending = PendingUnit(
      unit: unit, deadline: deadline,
      waitDeadline: min(deadline, now + configuration.queueTimeout.wholeNanoseconds)
    ) { result in
      duration.recordNanoseconds(Int64(clamping: monotonicNanoseconds() - now))
      if case .failure(let error) = result { Self.count(error) }
      completion(result)
    }
    if !inbox.send(.submit(pending)) { pending.completion(.failure(.closed)) }
  }

  /// Calls `body` on the pool's thread as soon as that wakes; at once, on this thread, if the pool has
  /// ended.
  @usableFromInline
  func whenAwake(_ body: @escaping @Sendable () -> Void) {
    if !inbox.send(.call(body)) { body() }
  }

  private static func count(_ error: PostgresError) {
    var dimensions = [("kind", error.kind)]
    if case .server(let server) = error { dimensions.append(("sqlstate", server.sqlState)) }
    Counter(label: "postgres_errors", dimensions: dimensions).increment()
  }
}
