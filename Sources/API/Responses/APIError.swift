import HTTPServer
import HTTPTypes
import Helpdesk
import Postgres

/// An error response, with the codes and statuses of openapi.yaml.
struct APIError: Error {
  /// A faulty member or parameter; `field` is empty if none is to blame.
  struct Detail: Equatable {
    var field: String
    var message: String
  }

  var status: HTTPResponse.Status
  var code: ErrorCode
  var message: String
  var details: [Detail] = []
  var headers: HTTPFields = [:]

  static let unauthorized = APIError(
    status: .unauthorized, code: .unauthorized,
    message: "missing, unknown, revoked or expired API key", headers: [.wwwAuthenticate: "Bearer"])
  static let planRequired = APIError(
    status: .forbidden, code: .planRequired, message: "the API needs a Pro plan or above")
  static let invalidJSON = APIError.invalidJSON("the body must be a JSON object")
  static let incomplete = APIError(
    status: .badRequest, code: .badRequest,
    message: "the connection ended before the body was complete",
    headers: [.connection: "close"])
  static let payloadTooLarge = APIError(
    status: .contentTooLarge, code: .payloadTooLarge,
    message: "the body is larger than \(Request.largestBody) bytes",
    headers: [.connection: "close"])
  static let unsupportedMediaType = APIError(
    status: .unsupportedMediaType, code: .unsupportedMediaType,
    message: "the body must be application/json", headers: [.accept: "application/json"])
  static let unsupportedContentCoding = APIError(
    status: .unsupportedMediaType, code: .unsupportedMediaType,
    message: "the body must not be compressed: send no Content-Encoding",
    headers: [.acceptEncoding: "identity"])
  static let unavailable = APIError(
    status: .serviceUnavailable, code: .unavailable,
    message: "the service cannot answer now; try again", headers: [.retryAfter: "1"])
  static let serverFault = APIError(
    status: .internalServerError, code: .internalError,
    message: "something went wrong on our side; tell support the request id")

  static func invalidJSON(_ message: String) -> APIError {
    APIError(status: .badRequest, code: .invalidJSON, message: message)
  }

  static func notFound(_ what: String) -> APIError {
    APIError(status: .notFound, code: .notFound, message: "there is no such \(what)")
  }

  static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> APIError {
    let list = allowed.map(\.rawValue).joined(separator: ", ")
    return APIError(
      status: .methodNotAllowed, code: .methodNotAllowed, message: "use \(list)",
      headers: [.allow: list])
  }

  static func insufficientScope(_ scope: APIKey.Scope) -> APIError {
    APIError(
      status: .forbidden, code: .insufficientScope,
      message: "the API key lacks the scope \(scope.rawValue)")
  }

  static func rateLimited(_ limit: RateLimitStatus) -> APIError {
    APIError(
      status: .tooManyRequests, code: .rateLimited,
      message: "over \(limit.limit) requests in \(RateLimitStatus.window) seconds",
      headers: [.retryAfter: "\(limit.secondsUntilReset)"])
  }

  /// - Parameter seconds: until a key from this address is looked up again
  static func tooManyKeys(_ seconds: Int) -> APIError {
    APIError(
      status: .tooManyRequests, code: .rateLimited,
      message: "too many unknown API keys from this address", headers: [.retryAfter: "\(seconds)"])
  }

  /// All faults together, with the message of the first.
  static func invalid(_ details: [Detail]) -> APIError {
    APIError(
      status: .badRequest, code: .invalidParameter,
      message: details.first?.message ?? "invalid request", details: details)
  }

  /// Any error in the form shown to clients. It reveals nothing internal.
  init(_ error: any Error) {
    switch error {
    case let error as APIError: self = error
    case let error as HelpdeskError: self = APIError(error)
    case BodyFault.tooLarge: self = .payloadTooLarge
    case BodyFault.incomplete: self = .incomplete
    case is ResponseMemoryFull: self = .unavailable
    case let error as PostgresError: self = error.isTransient ? .unavailable : .serverFault
    default: self = .serverFault
    }
  }

  init(_ refusal: Refusal) {
    let code: ErrorCode =
      switch refusal {
      case .headTooLarge: .requestHeaderFieldsTooLarge
      case .timeout: .requestTimeout
      case .version: .httpVersionNotSupported
      case .transferCoding: .notImplemented
      default: .badRequest
      }
    self.init(status: refusal.status, code: code, message: refusal.message)
  }

  init(_ fault: JSONFault) {
    switch fault {
    case .syntax: self = .invalidJSON
    case .loneSurrogate:
      self = .invalidJSON("a string has one half of a surrogate pair without the other")
    case .repeatedMember(let name):
      // Names may be as long as a body.
      let start = String(String.UnicodeScalarView(name.unicodeScalars.prefix(100)))
      self = .invalidJSON("an object has the member \"\(start)\" twice")
    }
  }

  private init(_ error: HelpdeskError) {
    switch error {
    case .notFound(let what): self = .notFound(what)
    case .ticketMerged:
      self.init(
        status: .badRequest, code: .ticketMerged,
        message: "the ticket was merged into another")
    case .conversationEnded:
      self.init(
        status: .badRequest, code: .conversationEnded, message: "the conversation has ended")
    case .limitReached(let message):
      self.init(status: .badRequest, code: .limitReached, message: message)
    case .invalid(let field, let message):
      self = .invalid([Detail(field: field, message: message)])
    case .idempotencyConflict:
      self.init(
        status: .unprocessableContent, code: .idempotencyConflict,
        message: "this Idempotency-Key belongs to another request; use a new one")
    case .preconditionFailed:
      self.init(
        status: .preconditionFailed, code: .preconditionFailed,
        message: "it has changed since you read it; read it again")
    case .busy: self = .unavailable
    case .notAllowed, .doneBefore, .emailTaken, .isBeingSent, .unchanged: self = .serverFault
    }
  }

  init(
    status: HTTPResponse.Status, code: ErrorCode, message: String, details: [Detail] = [],
    headers: HTTPFields = [:]
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.details = details
    self.headers = headers
  }

  func response(_ requestID: String) -> Response {
    var json = JSONWriter()
    json.error(code: code, message: message, requestID: requestID, details: details)
    var response = json.response(status)
    for field in headers { response.headers.append(field) }
    return response
  }

  /// The answer to a message that no handler sees.
  func refusalResponse(_ requestID: String) -> Response {
    var response = response(requestID)
    response.protectAPI()
    response.headers[.xRequestID] = requestID
    return response
  }
}

extension JSONWriter {
  mutating func error(
    code: ErrorCode, message: String, requestID: String, details: [APIError.Detail]
  ) {
    openObject()
    key("error")
    openObject()
    key("code")
    string(code.rawValue)
    key("message")
    string(message)
    key("requestId")
    string(requestID)
    if !details.isEmpty {
      key("details")
      openArray()
      for detail in details {
        openObject()
        key("field")
        string(detail.field)
        key("message")
        string(detail.message)
        closeObject()
      }
      closeArray()
    }
    closeObject()
    closeObject()
  }
}
