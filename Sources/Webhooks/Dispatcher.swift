import HeapModule
import Helpdesk
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Claims deliveries that are due, sends them and records the results, many at once. docs/webhooks.md
/// explains the states.
final class Dispatcher: Sendable {
  /// An attempt's total time (docs/webhooks.md, Attempts).
  static let attemptTime: Duration = .seconds(10)

  /// The longest time between two searches for due deliveries.
  private static let pollInterval: Duration = .milliseconds(500)

  /// The part of a lease that is reserved for recording the result.
  private static let recordingTime: Duration = .seconds(5)

  /// The least time between two log lines about secrets that cannot be opened, and between two tries to
  /// open them.
  private static let complaintInterval: Duration = .seconds(60)

  /// The most endpoints that claims leave out because one of their secrets cannot be opened. Deliveries
  /// of any others are still claimed, and then handed back.
  private static let mostUnreadable = 1000

  private static let mostRetries = 4096

  private struct State {
    var concurrency = Concurrency()
    /// True if more deliveries may be due than could be claimed.
    var hasMore = false
    /// The times at which retries recorded here are due. Another process may claim them, and polling
    /// finds those beyond `mostRetries`.
    var retries = Heap<ContinuousClock.Instant>()
    /// Until this time, nothing is claimed for the endpoints in `unreadable`, which have a secret that
    /// cannot be opened, and the log does not mention it again.
    var nextComplaint = ContinuousClock.now
    var unreadable: Set<EndpointID> = []

    var limits: ClaimLimits {
      mutating get {
        if nextComplaint <= .now { unreadable = [] }
        var limits = concurrency.limits
        limits.except = Array(unreadable)
        return limits
      }
    }
  }

  private let store: DeliveryStore
  private let sender: Sender
  private let signer: Signer
  private let allowHTTP: Bool
  private let logger: Logger
  private let onDisabled: @Sendable () -> Void
  private let metrics = DeliveryMetrics()
  private let wakeSignal = WakeSignal()
  private let state = Mutex(State())

  /// - Parameter onDisabled: called when an endpoint was disabled, so that its deliveries are held
  init(
    _ store: DeliveryStore, sender: Sender, signer: Signer, allowHTTP: Bool, logger: Logger,
    onDisabled: @escaping @Sendable () -> Void
  ) {
    self.store = store
    self.sender = sender
    self.signer = signer
    self.allowHTTP = allowHTTP
    self.logger = logger
    self.onDisabled = onDisabled
  }

  /// Call it when something may be due.
  func wake() { wakeSignal.send() }

  /// Works until graceful shutdown or cancellation. Then waits for the answers to requests that have been
  /// sent, and hands the other deliveries back.
  func run() async {
    await withTaskCancellationOrGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        var isFailing = false
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
          do throws(PostgresError) {
            try await claim(into: &group)
            isFailing = false
          } catch {
            if !isFailing {
              logger.warning("cannot claim deliveries", metadata: ["error": "\(error)"])
            }
            isFailing = true
          }
          await wakeSignal.wait(pause)
        }
        group.cancelAll()
      }
    } onCancelOrGracefulShutdown: {
      self.wakeSignal.send()
    }
  }

  private var pause: Duration {
    let now = ContinuousClock.now
    return state.withLock { state in
      while let due = state.retries.min, due <= now { state.retries.removeMin() }
      return min(state.retries.min.map { now.duration(to: $0) } ?? .seconds(1), Self.pollInterval)
    }
  }

  /// Claims as much as there is room for, and starts sending it.
  private func claim(into group: inout DiscardingTaskGroup) async throws(PostgresError) {
    while !Task.isCancelled, !Task.isShuttingDownGracefully {
      let limits = state.withLock { state in
        // A delivery that ends during this claim must wake the loop, because the claim used older limits.
        state.hasMore = true
        return state.limits
      }
      guard limits.all > 0 else { return }
      let claimed = ContinuousClock.now
      let deliveries = try await store.claim(limits)
      for delivery in deliveries { metrics.claimed(delivery) }
      let goesOn = state.withLock { state in
        if deliveries.isEmpty { state.concurrency.forgetIdle() }
        for delivery in deliveries { state.concurrency.start(delivery) }
        let limited = Self.limited(deliveries, limits)
        // Endpoints without room were left out: more may be due for them.
        state.hasMore =
          !limited.isEmpty || limits.loads.contains { $0.room == 0 || $0.retryRoom == 0 }
          || limits.ofStanding.contains { $0.value == 0 }
        return state.concurrency.free > 0
          && limited.contains { state.concurrency.hasRoom(for: $0) }
      }
      for delivery in deliveries {
        group.addTask { await self.deliver(delivery, claimed: claimed) }
      }
      if !goesOn { return }
    }
  }

  /// The deliveries of endpoints and kinds for which more may be due, because the claim reached its
  /// limit.
  private static func limited(_ deliveries: [Delivery], _ limits: ClaimLimits) -> [Delivery] {
    struct Kind: Hashable {
      var endpoint: EndpointID
      var isRetry: Bool

      init(_ delivery: Delivery) {
        endpoint = delivery.endpoint
        isRetry = delivery.failedAttempts > 0
      }
    }
    if deliveries.reduce(0, { $0 + $1.body.utf8.count }) >= limits.bytes { return deliveries }
    let counts = deliveries.reduce(into: [Kind: Int]()) { $0[Kind($1), default: 0] += 1 }
    return deliveries.filter { counts[Kind($0)] == $0.claimLimit }
  }

  private func deliver(_ delivery: Delivery, claimed: ContinuousClock.Instant) async {
    let leaseEnd = claimed + DeliveryStore.leaseDuration
    let started = ContinuousClock.now
    let sent = await attempt(delivery, started: started, leaseEnd: leaseEnd)
    let result = RetryPolicy.result(
      of: delivery, sent, started: started, duration: started.duration(to: .now),
      isStopping: Task.isCancelled)
    attemptEnded(result)
    metrics.ended(result, sinceClaim: claimed.duration(to: .now))
    log(result)
    let record = await record(result, until: leaseEnd)
    if state.withLock({ $0.concurrency.leave(delivery) }) { wakeSignal.send() }
    guard case .recorded(let disabled) = record else { return }
    if let disabled { tell(disabled, delivery) }
    switch result.outcome {
    case .retry(let delay), .returned(let delay):
      state.withLock { state in
        if state.retries.count < Self.mostRetries { state.retries.insert(.now + delay) }
      }
      // The present pause may be longer.
      if delay < Self.pollInterval { wakeSignal.send() }
    case .succeeded, .failed, .gone: break
    }
  }

  /// Logs each attempt at `debug`, and each failed delivery at `notice`.
  private func log(_ result: DeliveryResult) {
    let hasFailed = result.outcome == .failed || result.outcome == .gone
    let delivery = result.delivery
    logger.log(
      level: hasFailed ? .notice : .debug, hasFailed ? "delivery failed" : "attempt",
      metadata: [
        "org_id": "\(delivery.organization)", "endpoint_id": "\(delivery.endpoint)",
        "delivery_id": "\(delivery.id)", "event_id": "\(delivery.event)",
        "attempt": "\(delivery.failedAttempts + 1)", "status": "\(result.status ?? 0)",
        "duration_ms": "\(result.duration / .milliseconds(1))", "error": "\(result.error ?? "")",
      ])
  }

  private func attempt(
    _ delivery: Delivery, started: ContinuousClock.Instant, leaseEnd: ContinuousClock.Instant
  ) async -> SendResult {
    let deadline = started + Self.attemptTime
    // The process may have been suspended since the claim.
    guard deadline + Self.recordingTime < leaseEnd else { return .notSent("the claim is too old") }
    do {
      let url = try EndpointURL(delivery.url, allowHTTP: allowHTTP)
      let headers = try signer.headers(for: delivery)
      return await sender.send(
        WebhookRequest(url: url, headers: headers, body: delivery.body), deadline: deadline)
    } catch let error as EndpointURLError {
      return .refused("\(error)")
    } catch let error as SecretFault {
      complain(error, delivery)
      return .notSigned("\(error)")
    } catch {
      return .notSent("\(error)")
    }
  }

  private func complain(_ fault: SecretFault, _ delivery: Delivery) {
    let isDue = state.withLock { state in
      if state.unreadable.count < Self.mostUnreadable {
        state.unreadable.insert(delivery.endpoint)
      }
      guard state.nextComplaint <= .now else { return false }
      state.nextComplaint = .now + Self.complaintInterval
      return true
    }
    guard isDue else { return }
    logger.error(
      "webhooks wait: a signing secret cannot be opened",
      metadata: [
        "org_id": "\(delivery.organization)", "endpoint_id": "\(delivery.endpoint)",
        "error": "\(fault)",
      ])
  }

  private func attemptEnded(_ result: DeliveryResult) {
    let isGood: Bool? =
      switch result.outcome {
      case .succeeded: true
      case .retry, .failed, .gone: false
      case .returned: nil
      }
    let isWorthClaiming = state.withLock { state in
      state.concurrency.end(result.delivery, isGood: isGood) && state.hasMore
    }
    if isWorthClaiming { wakeSignal.send() }
  }

  /// Records a result, and keeps trying while the database is down or somebody is changing the endpoint.
  /// Gives up once the lease is over: another worker then sends the delivery again.
  private func record(_ result: DeliveryResult, until leaseEnd: ContinuousClock.Instant) async
    -> DeliveryRecord
  {
    var triesWhenCancelled = 10
    var isAlone = false
    while true {
      var trouble = "the endpoint is locked"
      do throws(PostgresError) {
        let record =
          isAlone ? try await store.recordAlone(result) : try await store.record(result)
        if record != .busy { return record }
      } catch {
        trouble = "\(error)"
        // Another result in the same batch may be the cause.
        if !error.isTransient, isAlone { triesWhenCancelled = 0 }
        if error == .closed { triesWhenCancelled = 0 }
        isAlone = !error.isTransient
      }
      if Task.isCancelled { triesWhenCancelled -= 1 }
      guard ContinuousClock.now < leaseEnd, triesWhenCancelled > 0 else {
        logger.error(
          "cannot record a result; the delivery will be sent again",
          metadata: ["delivery_id": "\(result.delivery.id)", "error": "\(trouble)"])
        return .lost
      }
      // It returns at once when cancelled.
      try? await Task.sleep(for: .milliseconds(200))
    }
  }

  private func tell(_ reason: Endpoint.DisableReason, _ delivery: Delivery) {
    metrics.disabled(reason)
    logger.warning(
      "endpoint disabled",
      metadata: [
        "org_id": "\(delivery.organization)", "endpoint_id": "\(delivery.endpoint)",
        "reason": "\(reason.rawValue)",
      ])
    onDisabled()
  }
}
