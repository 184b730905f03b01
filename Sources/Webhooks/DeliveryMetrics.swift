import Helpdesk
import Metrics

/// The metrics of webhooks.
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
    claimDelay.record(duration: delivery.waited)
  }

  func ended(_ result: DeliveryResult, sinceClaim: Duration) {
    switch result.outcome {
    case .succeeded: succeeded.increment()
    case .retry: retried.increment()
    case .failed, .gone: failed.increment()
    case .returned: return returned.increment()
    }
    duration.record(duration: result.duration)
    // A first attempt is due when its event is committed.
    if result.delivery.isFirst, result.outcome == .succeeded {
      arrivalDelay.record(duration: result.delivery.waited + sinceClaim)
    }
  }

  func disabled(_ reason: Endpoint.DisableReason) {
    switch reason {
    case .failures: breaker.increment()
    case .gone: gone.increment()
    }
  }
}
