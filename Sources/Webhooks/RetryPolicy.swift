import Helpdesk

/// Decides what follows an attempt (docs/webhooks.md, Attempts).
enum RetryPolicy {
  /// The delays from each failure to the next attempt.
  static let delays: [Duration] = [.seconds(2), .seconds(8), .seconds(32)]

  /// The longest delay that `Retry-After` can ask for.
  static let longestRetryAfter: Duration = .seconds(300)

  /// The largest share by which jitter lengthens a delay, so that endpoints that failed together are not
  /// tried again in step. openapi.yaml promises at most 10 %.
  static let jitter = 0.04

  /// The time until a request that could not be sent is claimed again.
  static let returnDelay: Duration = .seconds(1)

  /// The time until a request that could not be signed is claimed again: an operator has to act first.
  static let signingDelay: Duration = .seconds(30)

  /// The result of a delivery, whether or not its request was sent.
  ///
  /// - Parameters:
  ///   - isStopping: true if the process is stopping, so that another may at once claim what was not sent
  ///   - random: from 0 to 1, the share of `jitter` to use
  static func result(
    of delivery: Delivery, _ sent: SendResult, started: ContinuousClock.Instant,
    duration: Duration, isStopping: Bool = false, random: Double = .random(in: 0...1)
  ) -> DeliveryResult {
    func retry(atLeast least: Duration = .zero) -> DeliveryResult.Outcome {
      guard delays.indices.contains(delivery.failedAttempts) else { return .failed }
      let delay = max(delays[delivery.failedAttempts], least)
      return .retry(after: min(delay * (1 + random * jitter), longestRetryAfter))
    }
    var result = DeliveryResult(delivery, .succeeded, started: started, duration: duration)
    switch sent {
    case .answered(let status, let retryAfter, let body):
      result.status = status
      result.response = body
      switch status {
      case 200...299: break
      case 410:
        result.outcome = .gone
        result.error = "the endpoint answered 410 Gone, which disables it"
      case 429, 503:
        let now = delivery.clock.unixSeconds
        let wish = retryAfter.flatMap { RetryAfter.delay($0, now: now) } ?? .zero
        result.outcome = retry(atLeast: min(wish, longestRetryAfter))
        result.error = "the endpoint answered \(status)"
      case 300...399:
        result.outcome = retry()
        result.error = "the endpoint answered \(status); redirects are not followed"
      case 100...999:
        result.outcome = retry()
        result.error = "the endpoint answered \(status)"
      default:
        result.status = nil
        result.outcome = retry()
        result.error = "the endpoint answered with \(status), which is not an HTTP status"
      }
    case .refused(let reason):
      (result.outcome, result.error) = (.failed, reason)
    case .noAnswer(let reason):
      (result.outcome, result.error) = (retry(), reason)
    case .notSent(let reason):
      (result.outcome, result.error) = (.returned(after: isStopping ? .zero : returnDelay), reason)
    case .notSigned(let reason):
      (result.outcome, result.error) = (.returned(after: isStopping ? .zero : signingDelay), reason)
    }
    return result
  }
}
