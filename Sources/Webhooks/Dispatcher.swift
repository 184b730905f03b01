import Helpdesk
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Claims what is due, sends it and records what came of it, many deliveries at once.
///
/// Docs/webhooks.md explains the states; `DeliveryStore` has the SQL.
final class Dispatcher: Sendable {
  /// An attempt's total time (docs/webhooks.md, Attempts).
  static let attemptTime: Duration = .seconds(10)

  /// How often it looks without being told, by a notification or a retry's time.
  private static let pollInterval: Duration = .milliseconds(500)

  /// Kept of the lease for recording the result.
  private static let recordingTime: Duration = .seconds(5)

  /// How often the log tells at most that a secret cannot be opened, and whether it can is tried.
  private static let complaintInterval: Duration = .seconds(60)

  /// Endpoints left out meanwhile at most; what is claimed for others is handed back.
  private static let mostUnreadable = 1000

  private struct State {
    var concurrency = Concurrency()
    /// Whether more may be due than could be claimed.
    var hasMore = false
    var retries = RetryTimes()
    /// When it may be told again that a secret cannot be opened, and until when nothing is claimed for
    /// the endpoints that have one.
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
  private let onDisabling: @Sendable () -> Void
  private let metrics = DeliveryMetrics()
  private let alarm = Alarm()
  private let state = Mutex(State())

  /// - Parameter onDisabling: called when an endpoint was disabled: what waits for it has to be held
  init(
    _ store: DeliveryStore, sender: Sender, signer: Signer, allowHTTP: Bool, logger: Logger,
    onDisabling: @escaping @Sendable () -> Void
  ) {
    self.store = store
    self.sender = sender
    self.signer = signer
    self.allowHTTP = allowHTTP
    self.logger = logger
    self.onDisabling = onDisabling
  }

  /// Something may be due.
  func wake() { alarm.ring() }

  /// Works until graceful shutdown or cancellation. Then what has been sent is awaited, what has not is
  /// handed back.
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
          await alarm.wait(pause)
        }
        group.cancelAll()
      }
    } onCancelOrGracefulShutdown: {
      self.alarm.ring()
    }
  }

  private var pause: Duration {
    let next = state.withLock { $0.retries.next(after: .now) }
    return min(next.map { ContinuousClock.now.duration(to: $0) } ?? .seconds(1), Self.pollInterval)
  }

  /// Claims as much as there is room for, and starts sending it.
  private func claim(into group: inout DiscardingTaskGroup) async throws(PostgresError) {
    while !Task.isCancelled, !Task.isShuttingDownGracefully {
      let limits = state.withLock { state in
        // Who ends while the claim is under way rings, since the claim may not see the room.
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
        // Nor is known what is due for those that had no room.
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

  /// Those that may not have been all of their kind that were due.
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
    return deliveries.filter { counts[Kind($0)] == $0.most }
  }

  private func deliver(_ delivery: Delivery, claimed: ContinuousClock.Instant) async {
    let leaseEnd = claimed + DeliveryStore.lease
    let started = ContinuousClock.now
    let outcome = await attempt(delivery, started: started, leaseEnd: leaseEnd)
    let duration = started.duration(to: .now)
    var verdict = AttemptVerdict(
      outcome, failedAttempts: delivery.failedAttempts, now: delivery.clock.unixSeconds,
      random: Double.random(in: 0...1))
    if Task.isCancelled, case .returned = verdict.verdict {
      verdict.verdict = .returned(after: .zero)
    }
    attemptEnded(delivery, verdict)
    metrics.ended(delivery, verdict, duration, sinceClaim: claimed.duration(to: .now))
    log(delivery, verdict, duration)
    let record = await record(
      DeliveryResult(
        delivery, verdict.verdict, started: started, duration: duration, status: verdict.status,
        error: verdict.error, response: verdict.response), until: leaseEnd)
    if state.withLock({ $0.concurrency.leave(delivery) }) { alarm.ring() }
    guard case .recorded(let disabling) = record else { return }
    if let disabling { tell(disabling, delivery) }
    switch verdict.verdict {
    case .retry(let delay), .returned(let delay):
      state.withLock { $0.retries.insert(.now + delay) }
      // The pause under way may be longer.
      if delay < Self.pollInterval { alarm.ring() }
    case .succeeded, .failed, .gone: break
    }
  }

  /// A line for each attempt at `debug`, for each delivery that has failed at `notice`.
  private func log(_ delivery: Delivery, _ verdict: AttemptVerdict, _ duration: Duration) {
    let hasFailed = verdict.verdict == .failed || verdict.verdict == .gone
    logger.log(
      level: hasFailed ? .notice : .debug, hasFailed ? "delivery failed" : "attempt",
      metadata: [
        "org_id": "\(delivery.organization)", "endpoint_id": "\(delivery.endpoint)",
        "delivery_id": "\(delivery.id)", "event_id": "\(delivery.event)",
        "attempt": "\(delivery.failedAttempts + 1)", "status": "\(verdict.status ?? 0)",
        "duration_ms": "\(duration / .milliseconds(1))", "error": "\(verdict.error ?? "")",
      ])
  }

  private func attempt(
    _ delivery: Delivery, started: ContinuousClock.Instant, leaseEnd: ContinuousClock.Instant
  ) async -> AttemptOutcome {
    let deadline = started + Self.attemptTime
    // The process may have been suspended since it claimed.
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

  private func attemptEnded(_ delivery: Delivery, _ verdict: AttemptVerdict) {
    let rings = state.withLock { state in
      var isGood: Bool?
      switch verdict.verdict {
      case .succeeded: isGood = true
      case .retry, .failed, .gone: isGood = false
      case .returned: isGood = nil
      }
      return state.concurrency.end(delivery, isGood: isGood) && state.hasMore
    }
    if rings { alarm.ring() }
  }

  /// Records a result, again and again while the database is away or the endpoint is being changed;
  /// once the lease is over another worker sends the delivery anew.
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
        // Another result of the same batch may be at fault.
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
      // Cancelled, it returns at once.
      try? await Task.sleep(for: .milliseconds(200))
    }
  }

  private func tell(_ disabling: DeliveryRecord.Disabling, _ delivery: Delivery) {
    metrics.disabled(disabling)
    logger.warning(
      "endpoint disabled",
      metadata: [
        "org_id": "\(delivery.organization)", "endpoint_id": "\(delivery.endpoint)",
        "reason": "\(disabling.rawValue)",
      ])
    onDisabling()
  }
}
