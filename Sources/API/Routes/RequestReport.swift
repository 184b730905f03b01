import HTTPServer
import HTTPTypes
import Helpdesk
import Logging
import Metrics

/// Writes one log line and one measurement for each request. They never contain a key, a secret or a
/// body.
struct RequestReport: Sendable {
  private let logger: Logger
  private let refusals = Counter(label: "rate_limit_refusals")
  private let throttledKeys = Counter(label: "api_keys_throttled")

  init(_ logger: Logger) {
    self.logger = logger
    for refusal in Refusal.all { _ = Self.counter(of: refusal) }
  }

  private static func counter(of refusal: Refusal) -> Counter {
    Counter(
      label: "http_messages_refused", dimensions: [("status", String(refusal.status.code))])
  }

  /// A request over its key's rate limit.
  func rateLimited() { refusals.increment() }

  /// A key that was not looked up.
  func keyThrottled() { throttledKeys.increment() }

  /// A message that reached no handler.
  func messageRefused(_ refusal: Refusal, _ requestID: String) {
    Self.counter(of: refusal).increment()
    logger.info(
      "message refused",
      metadata: [
        "status": .stringConvertible(refusal.status.code),
        "code": .string(APIError(refusal).code.rawValue),
        "request_id": .string(requestID),
      ])
  }

  /// Reports an error that is not the caller's fault: its details go to the log, not to the caller.
  func unexpected(_ error: any Error, _ exchange: Exchange) {
    let status = APIError(error).status
    guard status.code >= 500 else { return }
    logger.log(
      level: status == .serviceUnavailable ? .warning : .error, "request failed",
      metadata: [
        "request_id": .string(exchange.request.id), "error": .string(String(reflecting: error)),
      ])
  }

  func answered(_ exchange: Exchange, _ status: HTTPResponse.Status, in duration: Duration) {
    let method = exchange.request.method.rawValue
    // Paths without a route share a label, since callers can make up any number of them.
    let route = exchange.route ?? "none"
    Timer(
      label: "http_request_duration",
      dimensions: [("method", method), ("route", route), ("status", String(status.code))]
    ).record(duration: duration)
    logger.info(
      "request",
      metadata: {
        var metadata: Logger.Metadata = [
          "method": .string(method), "route": .string(route),
          "status": .stringConvertible(status.code),
          "duration_ms": .stringConvertible(duration.milliseconds),
          "request_id": .string(exchange.request.id),
        ]
        if let trace = exchange.traceParent { metadata["traceparent"] = .string(trace) }
        if let principal = exchange.principal {
          metadata["org_id"] = .string(principal.organization.rawValue)
          metadata["key_id"] = .string(principal.key.rawValue)
        }
        return metadata
      }())
  }
}

extension Duration {
  /// Milliseconds with three decimal places.
  fileprivate var milliseconds: Double {
    let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    return Double(microseconds) / 1000
  }
}
