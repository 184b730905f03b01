import Helpdesk

/// The consequence of an attempt for its delivery (docs/webhooks.md, Attempts).
struct AttemptVerdict: Equatable {
  /// From a failure to the next attempt.
  static let delays: [Duration] = [.seconds(2), .seconds(8), .seconds(32)]

  /// The longest delay that `Retry-After` can ask for.
  static let longestRetryAfter: Duration = .seconds(300)

  /// The part of a delay by which jitter lengthens it at most, so that endpoints which failed together
  /// are not tried again in step. openapi.yaml promises at most 10 %.
  static let jitter = 0.04

  /// After how long what could not be sent is claimed again.
  static let returnDelay: Duration = .seconds(1)

  /// After how long what could not be signed is: the operator has to do something first.
  static let signingDelay: Duration = .seconds(30)

  var verdict: DeliveryResult.Verdict
  var status: Int?
  var error: String?
  var response: [UInt8] = []

  /// - Parameters:
  ///   - failedAttempts: before this one
  ///   - now: Unix seconds by the database's clock, for dates in `Retry-After`
  ///   - random: from 0 to 1, the share of `jitter` that is taken
  init(_ outcome: AttemptOutcome, failedAttempts: Int, now: Int, random: Double) {
    func retry(atLeast least: Duration = .zero) -> DeliveryResult.Verdict {
      guard Self.delays.indices.contains(failedAttempts) else { return .failed }
      let delay = max(Self.delays[failedAttempts], least)
      return .retry(after: min(delay * (1 + random * Self.jitter), Self.longestRetryAfter))
    }
    switch outcome {
    case .answered(let status, let retryAfter, let body):
      self.status = status
      response = body
      switch status {
      case 200...299:
        verdict = .succeeded
      case 410:
        verdict = .gone
        error = "the endpoint answered 410 Gone, which disables it"
      case 429, 503:
        let wish = retryAfter.flatMap { RetryAfter.delay($0, now: now) } ?? .zero
        verdict = retry(atLeast: min(wish, Self.longestRetryAfter))
        error = "the endpoint answered \(status)"
      case 300...399:
        verdict = retry()
        error = "the endpoint answered \(status); redirects are not followed"
      case 100...999:
        verdict = retry()
        error = "the endpoint answered \(status)"
      default:
        self.status = nil
        verdict = retry()
        error = "the endpoint answered with \(status), which is no HTTP status"
      }
    case .refused(let reason):
      verdict = .failed
      error = reason
    case .failed(let reason):
      verdict = retry()
      error = reason
    case .notSent(let reason):
      verdict = .returned(after: Self.returnDelay)
      error = reason
    case .notSigned(let reason):
      verdict = .returned(after: Self.signingDelay)
      error = reason
    }
  }
}
