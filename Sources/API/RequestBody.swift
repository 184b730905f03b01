import FoundationEssentials
import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore

/// What can be read from the members of a JSON object.
protocol RequestContent {
  /// Reads every member, noting what is wrong with any; the result counts only if nothing is.
  init(_ fields: inout BodyFields)
}

/// Reading a request's body.
enum RequestBody {
  /// Bytes.
  static let largest = 1 << 20

  /// The body as `Content`; throws an `APIError` that names every faulty member.
  static func read<Content: RequestContent>(_: Content.Type, of request: Request) async throws
    -> Content
  {
    let bytes = try await bytes(of: request)
    return try await parsing(bytes) { try parse(Content.self, bytes) }
  }

  /// Runs `parse` here if the bytes are few, and else where no other connection waits for it.
  static func parsing<Result>(_ bytes: ByteBufferView, _ parse: () throws -> Result) async throws
    -> Result
  {
    guard bytes.count > 64 << 10 else { return try parse() }
    return try await withTaskExecutorPreference(globalConcurrentExecutor) { try parse() }
  }

  /// The body as it came, of a type and length that are allowed.
  static func bytes(of request: Request) async throws -> ByteBufferView {
    try checkMediaType(request)
    let length = request.headers[.contentLength].flatMap(Int.init)
    if let length, length > largest { throw APIError.payloadTooLarge }
    let buffer: ByteBuffer
    do {
      buffer = try await request.body.collect(upTo: largest)
    } catch is NIOTooManyBytesError {
      throw APIError.payloadTooLarge
    }
    // A connection given up by the server ends a body without an error.
    guard !Task.isCancelled, length == nil || length == buffer.readableBytes else {
      throw APIError.incomplete
    }
    return buffer.readableBytesView
  }

  /// A body whose type is named must be JSON; one without a name, or with an empty one, is taken for it.
  /// No content coding is undone.
  private static func checkMediaType(_ request: Request) throws {
    let codings = request.headers[values: .contentEncoding]
    let types = request.headers[values: .contentType]
    if types == ["application/json"], codings.isEmpty { return }
    let hasBody =
      request.headers[.transferEncoding] != nil || (request.headers[.contentLength] ?? "0") != "0"
    guard hasBody else { return }
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

  /// The body as `Content`, and what `headers` reads from the headers. Its faults are reported together
  /// with the members'.
  static func parse<Content: RequestContent, Headers>(
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

  /// JSON is UTF-8 without a byte order mark (RFC 8259, section 8.1). Other encodings are told by their marks, and by
  /// where the zeros of their first two characters are, which are ASCII.
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
