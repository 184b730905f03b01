import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore

/// Compresses large answers for whoever accepts gzip (RFC 9110, 12.5.3).
enum ResponseCompression {
  /// Bytes, below which headers and time cost more than is saved.
  private static let least = 4 << 10
  /// Bytes, above which other connections of the event loop would notice.
  private static let mostOnEventLoop = 64 << 10

  static func apply(to response: Response, of request: Request) async throws -> Response {
    // An answer with a tag is compared byte by byte; one that nobody may store can hold secrets, and how
    // well it compresses would tell of them.
    guard let length = response.body.contentLength, length >= least,
      response.headers[.eTag] == nil, response.headers[.contentEncoding] == nil,
      response.headers[.cacheControl] != "no-store"
    else { return response }
    var response = response
    response.headers[.vary] = "Accept-Encoding"
    guard accepts(request.headers[values: .acceptEncoding]) else { return response }
    let collected = CollectingWriter()
    try await response.body.write(collected)
    let bytes = collected.buffer
    response.body = ResponseBody(byteBuffer: bytes)
    let compressed =
      length > mostOnEventLoop
      ? await withTaskExecutorPreference(globalConcurrentExecutor) { Gzip.compress(bytes) }
      : Gzip.compress(bytes)
    guard let compressed, compressed.readableBytes < length else { return response }
    response.body = ResponseBody(byteBuffer: compressed)
    response.headers[.contentLength] = String(compressed.readableBytes)
    response.headers[.contentEncoding] = "gzip"
    return response
  }

  /// True if the values of `Accept-Encoding` allow gzip: by name, or by `*` where it is not named.
  static func accepts(_ values: [String]) -> Bool {
    var any = false
    for coding in values.flatMap({ $0.split(separator: ",") }) {
      let parts = coding.split(separator: ";").map { String($0).trimmingWhiteSpace().lowercased() }
      guard let name = parts.first, ["gzip", "x-gzip", "*"].contains(name) else { continue }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
      let isAllowed = weight.map { (Double($0) ?? 0) > 0 } ?? true
      if name != "*" { return isAllowed }
      any = isAllowed
    }
    return any
  }
}

/// Keeps what a response's body writes.
private final class CollectingWriter: ResponseBodyWriter {
  private(set) var buffer = ByteBuffer()

  func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }
  func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
