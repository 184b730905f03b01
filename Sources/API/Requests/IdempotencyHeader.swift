import HTTPServer
import HTTPTypes
import Helpdesk
import NIOCore

/// The header `Idempotency-Key` of requests that create something, and `Idempotency-Replayed` in their
/// answers.
enum IdempotencyHeader {
  /// The key of a request; nil if it has none.
  static func read(_ request: Request, body: ByteBufferView) throws -> IdempotencyKey? {
    let values = request.headers[values: .idempotencyKey]
    guard let value = values.first else { return nil }
    let identity = Array("\(request.method.rawValue) \(request.path)\n".utf8) + body
    guard values.count == 1, let key = try IdempotencyKey(value, of: identity) else {
      throw APIError.invalid([fault])
    }
    return key
  }

  private static let fault = APIError.Detail(
    field: "Idempotency-Key",
    message: "Idempotency-Key must be sent once and have 1 to 255 printable ASCII characters")
}

extension JSONWriter {
  /// The answer to a request that creates something, with the JSON written so far.
  /// - Parameter location: the path below `/api/external` of what was created, for a status 201
  func response(
    _ status: HTTPResponse.Status = .ok, at location: String? = nil, to answer: ChangeAnswer
  ) -> Response {
    var response = response(status)
    if let location { response.headers[.location] = "/api/external/\(location)" }
    if answer.isReplay { response.headers[.idempotencyReplayed] = "true" }
    return response
  }
}

extension HTTPField.Name {
  fileprivate static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
  fileprivate static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
}
