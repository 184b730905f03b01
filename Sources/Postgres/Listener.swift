import CLibPQ
import Glibc
public import Logging
public import ServiceLifecycle
import Synchronization

/// `LISTEN` on one channel, with its own connection and thread.
///
/// Notifications only wake: some are missed while the connection is away, so `onNotify` is also called
/// after each reconnection, and the listener's owner must find its work without them.
public final class Listener: Service, Sendable {
  private let configuration: PostgresConfiguration
  private let channel: String
  private let logger: Logger
  private let onNotify: @Sendable () -> Void
  private let inbox: Inbox<Void>
  private let isStopping = Atomic<Bool>(false)

  /// - Parameter channel: a plain identifier
  public init(
    _ configuration: PostgresConfiguration, channel: String, logger: Logger,
    onNotify: @escaping @Sendable () -> Void
  ) throws(PostgresError) {
    var configuration = configuration
    if configuration.noticeLog == nil { configuration.noticeLog = NoticeLog(logger) }
    self.configuration = configuration
    self.channel = channel
    self.logger = logger
    self.onNotify = onNotify
    self.inbox = try Inbox()
  }

  /// Listens until graceful shutdown or cancellation, reconnecting as often as it takes.
  public func run() async throws {
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await onThread("pg-listen") { self.listen() }
    } onCancelOrGracefulShutdown: {
      self.isStopping.store(true, ordering: .relaxed)
      self.inbox.send(())
    }
  }

  private func listen() {
    var backoff = Backoff()
    var lastError: String?
    while !isStopping.load(ordering: .relaxed) {
      do throws(PostgresError) {
        let connection = try BlockingConnection(configuration)
        try connection.execute("listen \"\(channel)\"")
        backoff.succeeded()
        lastError = nil
        onNotify()
        while !isStopping.load(ordering: .relaxed) {
          wait(for: connection.descriptor, milliseconds: -1)
          if !(try connection.notifications().isEmpty) { onNotify() }
        }
      } catch {
        let error = "\(error)"
        if error != lastError { logger.warning("cannot listen", metadata: ["error": "\(error)"]) }
        lastError = error
        let now = monotonicNanoseconds()
        backoff.failed(at: now)
        wait(for: -1, milliseconds: Int32(clamping: (backoff.nextAttempt - now) / 1_000_000 + 1))
      }
    }
  }

  /// Sleeps until the descriptor is readable, the service stops, or the time is up.
  private func wait(for descriptor: Int32, milliseconds: Int32) {
    var ignored: [Void] = []
    if inbox.receive(into: &ignored) { return }
    var waits = [
      pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
    ]
    poll(&waits, 2, milliseconds)
    if waits[0].revents != 0 { inbox.drain() }
    inbox.wake()
  }
}
