import FoundationEssentials
import HTTPServer
import HTTPTypes
import Helpdesk
import NIOCore

/// A value read from the members of a JSON object.
protocol RequestContent {
  /// Reads every member and records each fault; the value is used only if there is none.
  init(_ fields: inout BodyFields)
}

/// Reads requests' bodies.
enum RequestBody {
  /// The body as `Content`, and the idempotency key of the request.
  static func readWithKey<Content: RequestContent>(_: Content.Type, of request: Request)
    async throws -> (Content, IdempotencyKey?)
  {
    try await read(Content.self, of: request) { try IdempotencyHeader.read(request, body: $0) }
  }

  /// The body as `Content`, and what `headers` reads from the headers. The faults of both are reported
  /// together.
  static func read<Content: RequestContent, Headers>(
    _: Content.Type, of request: Request, with headers: (_ body: ByteBufferView) throws -> Headers
  ) async throws -> (Content, Headers) {
    try checkMediaType(request)
    let bytes = try await request.wholeBody(upTo: Request.largestBody).readableBytesView
    // Another thread parses large bodies, so that no other connection of this event loop waits.
    guard bytes.count > 64 << 10 else {
      return try parse(Content.self, bytes) { try headers(bytes) }
    }
    return try await withTaskExecutorPreference(globalConcurrentExecutor) {
      try parse(Content.self, bytes) { try headers(bytes) }
    }
  }

  /// A body must be JSON if its type is given; without a type, or with an empty one, it is assumed to be
  /// JSON. Content codings are not decoded.
  private static func checkMediaType(_ request: Request) throws {
    let codings = request.headers[values: .contentEncoding]
    let types = request.headers[values: .contentType]
    if types == ["application/json"], codings.isEmpty { return }
    guard request.body != nil else { return }
    for coding in codings.flatMap({ $0.split(separator: ",") })
    where !["", "identity"].contains(String(coding).trimmingWhiteSpace().lowercased()) {
      throw APIError.unsupportedContentCoding
    }
    guard !types.isEmpty, types != [""] else { return }
    let essence = types[0].prefix { $0 != ";" }
    guard types.count == 1,
      String(essence).trimmingWhiteSpace().lowercased() == "application/json"
    else { throw APIError.unsupportedMediaType }
  }

  static func parse<Content: RequestContent>(_: Content.Type, _ bytes: ByteBufferView) throws
    -> Content
  {
    try checkEncoding(bytes)
    do {
      try JSONSyntax.check(bytes)
    } catch {
      throw APIError(error)
    }
    do {
      return try JSONDecoder().decode(Parsed<Content>.self, from: Data(bytes)).content
    } catch is DecodingError {
      throw APIError.invalidJSON
    }
  }

  private static func parse<Content: RequestContent, Headers>(
    _: Content.Type, _ bytes: ByteBufferView, with headers: () throws -> Headers
  ) throws -> (Content, Headers) {
    let read: Headers
    do {
      read = try headers()
    } catch let fault as APIError {
      do {
        _ = try parse(Content.self, bytes)
      } catch let error as APIError where error.code == .invalidParameter {
        throw APIError.invalid(fault.details + error.details)
      }
      throw fault
    }
    return (try parse(Content.self, bytes), read)
  }

  /// JSON is UTF-8 without a byte order mark (RFC 8259, section 8.1). Other encodings are recognized by
  /// their marks, or by the zeros in their first two characters, which are ASCII.
  private static func checkEncoding(_ bytes: ByteBufferView) throws(APIError) {
    switch Array(bytes.prefix(4)) {
    case let head where head.starts(with: [0xef, 0xbb, 0xbf]):
      throw .invalidJSON("the body begins with a byte order mark; send UTF-8 without one")
    case [0xff, 0xfe, 0, 0], [0, 0, 0xfe, 0xff]:
      throw .invalidJSON("the body is UTF-32; send UTF-8")
    case let head where head.starts(with: [0xff, 0xfe]) || head.starts(with: [0xfe, 0xff]):
      throw .invalidJSON("the body is UTF-16; send UTF-8")
    case let head where head.count == 4 && head.count { $0 == 0 } == 3:
      throw .invalidJSON("the body is UTF-32; send UTF-8")
    case let head where head.count >= 2 && (head[0] == 0) != (head[1] == 0):
      throw .invalidJSON("the body is UTF-16; send UTF-8")
    default: break
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw .invalidJSON("the body is not UTF-8")
    }
  }

  private struct Parsed<Content: RequestContent>: Decodable {
    let content: Content

    init(from decoder: any Decoder) throws {
      var fields = BodyFields(try decoder.container(keyedBy: BodyFields.Name.self))
      content = Content(&fields)
      guard fields.faults.isEmpty else { throw APIError.invalid(fields.faults) }
    }
  }
}
