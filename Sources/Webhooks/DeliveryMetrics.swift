import Helpdesk
import Metrics

/// What operators see of webhooks.
struct DeliveryMetrics: Sendable {
  private let succeeded = Counter(label: "webhook_attempts", dimensions: [("outcome", "succeeded")])
  private let retried = Counter(label: "webhook_attempts", dimensions: [("outcome", "retried")])
  private let failed = Counter(label: "webhook_attempts", dimensions: [("outcome", "failed")])
  private let returned = Counter(label: "webhook_attempts", dimensions: [("outcome", "not_sent")])
  private let duration = Timer(label: "webhook_attempt_duration")
  private let claimDelay = Timer(label: "webhook_claim_delay")
  private let arrivalDelay = Timer(label: "webhook_arrival_delay")
  private let breaker = Counter(
    label: "webhook_endpoints_disabled", dimensions: [("reason", "failures")])
  private let gone = Counter(label: "webhook_endpoints_disabled", dimensions: [("reason", "gone")])

  func claimed(_ delivery: Delivery) {
    claimDelay.recordNanoseconds(delivery.waited.nanoseconds)
  }

  func ended(
    _ delivery: Delivery, _ verdict: AttemptVerdict, _ time: Duration, sinceClaim: Duration
  ) {
    switch verdict.verdict {
    case .succeeded: succeeded.increment()
    case .retry: retried.increment()
    case .failed, .gone: failed.increment()
    case .returned: return returned.increment()
    }
    duration.recordNanoseconds(time.nanoseconds)
    // A first attempt is due when its event is committed.
    if delivery.isFirst, verdict.verdict == .succeeded {
      arrivalDelay.recordNanoseconds((delivery.waited + sinceClaim).nanoseconds)
    }
  }

  func disabled(_ reason: DeliveryRecord.Disabling) {
    switch reason {
    case .failures: breaker.increment()
    case .gone: gone.increment()
    }
  }
}

extension Duration {
  fileprivate var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
