import Logging
import Metrics
import Synchronization

/// A pool's metrics, one log line when the database goes away, and one when it is back.
final class PoolReport: Sendable {
  private let logger: Logger
  private let open = Gauge(label: "postgres_connections_open")
  private let busy = Gauge(label: "postgres_connections_busy")
  private let waiting = Gauge(label: "postgres_units_waiting")
  private let losses = Counter(label: "postgres_connections_lost")
  private let failure = Mutex<String?>(nil)

  init(_ logger: Logger) {
    self.logger = logger
    // The counters start at zero, so that the first error is a rise. The server's errors have one more
    // label.
    for kind in PostgresError.kindsOfClient {
      _ = Counter(label: "postgres_errors", dimensions: [("kind", kind)])
    }
  }

  func state(open: Int, busy: Int, waiting: Int) {
    self.open.record(open)
    self.busy.record(busy)
    self.waiting.record(waiting)
  }

  func lost() { losses.increment() }

  func unreachable(_ message: String) {
    let isNews = failure.withLock { failure in
      defer { failure = message }
      return failure == nil
    }
    if isNews { logger.error("database unreachable", metadata: ["error": .string(message)]) }
  }

  func reachable() {
    let isNews = failure.withLock { failure in
      defer { failure = nil }
      return failure != nil
    }
    if isNews { logger.notice("database reachable again") }
  }

  func lastFailure() -> PostgresError? { failure.withLock { $0 }.map { .cannotConnect($0) } }
}
