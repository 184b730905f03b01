import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore

/// The header `Idempotency-Key` of requests that make something, and `Idempotency-Replayed` of their
/// answers.
enum IdempotencyHeader {
  /// The key that a request carries, if it does.
  static func read(_ request: Request, body: ByteBufferView) throws -> IdempotencyKey? {
    let values = request.headers[values: .idempotencyKey]
    guard let value = values.first else { return nil }
    let identity = Array("\(request.method.rawValue) \(request.uri.path)\n".utf8) + body
    guard values.count == 1, let key = try IdempotencyKey(value, of: identity) else {
      throw APIError.invalid([fault])
    }
    return key
  }

  private static let fault = APIError.Detail(
    field: "Idempotency-Key",
    message: "Idempotency-Key must be sent once and have 1 to 255 printable ASCII characters")
}

extension RequestBody {
  /// The body as `Content`, and the key under which to do what it asks for.
  static func readWithKey<Content: RequestContent>(_: Content.Type, of request: Request)
    async throws -> (Content, IdempotencyKey?)
  {
    let bytes = try await bytes(of: request)
    return try await parsing(bytes) {
      try parse(Content.self, bytes) { try IdempotencyHeader.read(request, body: bytes) }
    }
  }
}

extension JSONWriter {
  /// The answer of a request that makes something, with the JSON written so far.
  /// - Parameter location: the path below `/api/external` where what was made is found, of a status 201
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
