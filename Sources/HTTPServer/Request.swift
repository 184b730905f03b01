package import HTTPTypes
package import NIOCore

/// A request: its head, and its body, which may still be arriving.
package struct Request: Sendable {
  /// The largest body that any handler reads, in bytes.
  package static let largestBody = 1 << 20

  /// The caller's `X-Request-Id`, or a new id if that is missing or malformed.
  package let id: String
  package var head: HTTPRequest
  /// The target's path, still percent-encoded.
  package let path: String
  /// The target's query, still percent-encoded; empty if there is none.
  package let query: String
  /// Nil if the head announces no body.
  package let body: IncomingBody?
  /// The connection that the request came on; nil if there is none, as in tests.
  package let channel: (any Channel)?

  package init(
    id: String = RequestIdentifier.make(), head: HTTPRequest, body: IncomingBody? = nil,
    channel: (any Channel)? = nil
  ) {
    self.id = id
    self.head = head
    self.body = body
    self.channel = channel
    let parts = (head.path ?? "").split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = parts[0].isEmpty ? "/" : String(parts[0])
    query = parts.count > 1 ? String(parts[1].prefix { $0 != "#" }) : ""
  }

  package var method: HTTPRequest.Method { head.method }
  package var headers: HTTPFields { head.headerFields }
  /// Path and query.
  package var target: String { head.path ?? "" }

  /// The address that connected, which may be a proxy's; nil when the connection is gone.
  package var peer: String? { channel?.remoteAddress?.ipAddress }

  /// The whole body; empty if the head announces none.
  /// - Parameter most: the most bytes that it may have
  package func wholeBody(upTo most: Int) async throws(BodyFault) -> ByteBuffer {
    guard let body else { return ByteBuffer() }
    let length = headers[.contentLength].flatMap(Int.init)
    if let length, length > most { throw .tooLarge }
    let bytes = try await body.collect(upTo: most)
    // When the server gives up a connection, the body ends without an error.
    guard !Task.isCancelled, length == nil || length == bytes.readableBytes else {
      throw .incomplete
    }
    return bytes
  }
}

/// Why a body could not be read.
package enum BodyFault: Error {
  case tooLarge
  /// The connection ended before the body did.
  case incomplete
}
