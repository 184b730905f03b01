import Helpdesk
import Logging
import Metrics
import Postgres
import ServiceLifecycle

/// The worker's chores, each at its own interval: taking over from workers that died, correcting times
/// after the database's clock was set back, holding deliveries of disabled endpoints, sealing secrets,
/// measuring the queue, noting the use of API keys, and deleting old data.
struct Upkeep: Sendable {
  private static let rescueInterval: Duration = .seconds(5)
  private static let reportInterval: Duration = .seconds(10)
  private static let sealInterval: Duration = .seconds(2)
  private static let limitsInterval: Duration = .seconds(60)
  private static let pruneInterval: Duration = .seconds(600)

  let pool: PostgresPool
  let store: DeliveryStore
  let settings: WebhookSettings
  let logger: Logger
  /// Sent when an endpoint was disabled.
  let disabling: WakeSignal
  /// Called when deliveries have become due.
  let onDue: @Sendable () -> Void

  private var secrets: SecretStore { SecretStore(pool, keys: settings.secretKeys) }
  private var retention: Retention { Retention(pool, age: settings.retention) }

  /// Works until graceful shutdown or cancellation.
  func run() async {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await every(Self.rescueInterval, "rescue deliveries", rescue) }
        group.addTask { await every(Self.rescueInterval, "set moments right", setMomentsRight) }
        group.addTask { await every(Self.rescueInterval, "hold deliveries", or: disabling, hold) }
        group.addTask { await every(Self.rescueInterval, "replay deliveries", replay) }
        group.addTask {
          await every(Self.rescueInterval, "clear up after deleted endpoints", pruneDeleted)
        }
        group.addTask { await every(Self.sealInterval, "seal secrets", seal) }
        group.addTask { await every(Self.limitsInterval, "check secrets", checkSecrets) }
        group.addTask { await every(Self.reportInterval, "measure the queue", report) }
        group.addTask { await every(Self.pruneInterval, "delete old deliveries", prune) }
        group.addTask { await every(Self.reportInterval, "note the use of keys", noteKeyUse) }
        group.addTask { await every(Self.limitsInterval, "prune rate limits", pruneRateLimits) }
        group.addTask { await every(Self.limitsInterval, "prune what has expired", pruneExpired) }
      }
    }
  }

  /// Repeats a chore. While it keeps failing for the same reason, only the first failure is logged.
  /// - Parameter wakeSignal: sent when the chore has to be done before its interval is over
  private func every(
    _ interval: Duration, _ what: String, or wakeSignal: WakeSignal = WakeSignal(),
    _ chore: () async throws -> Void
  ) async {
    var lastError: String?
    while !Task.isCancelled {
      do {
        try await chore()
        lastError = nil
      } catch {
        let error = "\(error)"
        if error != lastError { logger.warning("cannot \(what)", metadata: ["error": "\(error)"]) }
        lastError = error
      }
      await wakeSignal.wait(interval)
    }
  }

  private func rescue() async throws(PostgresError) {
    while !Task.isCancelled {
      let count = try await store.rescue()
      guard count > 0 else { return }
      logger.warning("took over deliveries of a lost worker", metadata: ["count": "\(count)"])
      onDue()
    }
  }

  private func setMomentsRight() async throws(PostgresError) {
    let momentsAhead = MomentsAhead(
      pool, longestDelay: RetryPolicy.signingDelay,
      longestRetryDelay: RetryPolicy.longestRetryAfter)
    while !Task.isCancelled {
      let (due, isCut) = try await momentsAhead.setRight()
      if due > 0 {
        logger.warning(
          "deliveries waited for a clock that was set back", metadata: ["count": "\(due)"])
        onDue()
      }
      guard isCut else { return }
    }
  }

  private func hold() async throws(PostgresError) {
    for (organization, endpoint) in try await store.disabledEndpointsWithWaiting() {
      while !Task.isCancelled, try await store.hold(endpoint, of: organization) > 0 {}
    }
  }

  private func replay() async throws(PostgresError) {
    for (organization, endpoint) in try await store.replayingEndpoints() {
      do throws(PostgresError) {
        while !Task.isCancelled, try await store.replay(endpoint, of: organization) > 0 {}
      } catch  where !error.isTransient {
        // The other chores need not wait for it.
        logger.warning(
          "cannot replay", metadata: ["endpoint": "\(endpoint)", "error": "\(error)"])
      }
    }
  }

  private func seal() async throws {
    while !Task.isCancelled {
      let count = try await secrets.sealPlain()
      if count > 0 { logger.notice("sealed secrets", metadata: ["count": "\(count)"]) }
      guard count == SecretStore.batch else { return }
    }
  }

  private func checkSecrets() async throws(PostgresError) {
    for fault in try await secrets.faults() {
      logger.error(
        "webhooks wait: a signing secret cannot be opened", metadata: ["error": "\(fault)"])
    }
  }

  private func report() async throws(PostgresError) {
    let queue = try await DeliveryQueue.read(pool)
    for (state, count) in [
      ("pending", queue.pending), ("sending", queue.sending), ("held", queue.held),
    ] {
      Gauge(label: "webhook_deliveries", dimensions: [("state", state)]).record(count)
    }
    Gauge(label: "webhook_oldest_due_seconds").record(queue.oldestDue / .seconds(1))
  }

  private func prune() async throws(PostgresError) {
    while !Task.isCancelled, try await retention.pruneDeliveries() > 0 {}
    var cursor: Retention.Cursor?
    repeat {
      cursor = try await retention.pruneEvents(after: cursor).next
    } while cursor != nil && !Task.isCancelled
  }

  private func pruneExpired() async throws(PostgresError) {
    while !Task.isCancelled, try await retention.pruneExpired() == Retention.batch {}
  }

  private func pruneDeleted() async throws(PostgresError) {
    while !Task.isCancelled, try await retention.pruneEndpoints() > 0 {}
  }

  private func noteKeyUse() async throws(PostgresError) {
    let keys = APIKeyStore(pool)
    while !Task.isCancelled, try await keys.noteUse() == APIKeyStore.useBatch {}
  }

  private func pruneRateLimits() async throws(PostgresError) {
    while !Task.isCancelled, try await retention.pruneRateLimits() == Retention.rateLimitBatch {}
  }
}
