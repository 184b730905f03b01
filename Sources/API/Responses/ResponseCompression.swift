import HTTPServer
import HTTPTypes
import Helpdesk
import NIOCore

/// Compresses large answers for clients that accept gzip (RFC 9110, 12.5.3).
enum ResponseCompression {
  /// The size of the smallest answer, in bytes, for which compression saves more than it costs.
  private static let least = 4 << 10
  /// The number of bytes that can be compressed without holding up other connections of the event loop.
  private static let mostOnEventLoop = 64 << 10

  static func apply(to response: Response, of request: Request) async -> Response {
    // An answer with a tag is compared byte by byte. One that nobody may store can hold secrets, about
    // which its compressed length would reveal something.
    let length = response.length
    guard length >= least, response.headers[.eTag] == nil,
      response.headers[.contentEncoding] == nil, response.headers[.cacheControl] != "no-store"
    else { return response }
    var response = response
    response.headers[.vary] = "Accept-Encoding"
    guard accepts(request.headers[values: .acceptEncoding]) else { return response }
    var bytes = ByteBuffer()
    for piece in response.body { bytes.writeImmutableBuffer(piece) }
    let compressed =
      length > mostOnEventLoop
      ? await withTaskExecutorPreference(globalConcurrentExecutor) { [bytes] in
        Gzip.compress(bytes)
      } : Gzip.compress(bytes)
    guard let compressed, compressed.readableBytes < length else { return response }
    response.replaceBody(with: compressed)
    response.headers[.contentEncoding] = "gzip"
    return response
  }

  /// True if the values of `Accept-Encoding` allow gzip, by name, or by `*` if it is not named.
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
