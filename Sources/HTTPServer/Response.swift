package import HTTPTypes
package import NIOCore

/// An answer. Its body is in memory, in pieces that are freed one by one as they leave.
package struct Response: Sendable {
  package var status: HTTPResponse.Status
  package var headers: HTTPFields
  package private(set) var body: [ByteBuffer]
  /// The memory that is reserved for the body; given back when the connection counts its bytes.
  package var room: ResponseMemory.Room?

  /// Sets `Content-Length` unless `headers` has it.
  package init(
    status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: [ByteBuffer] = []
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    if headers[.contentLength] == nil { self.headers[.contentLength] = String(length) }
  }

  package init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: String) {
    self.init(status: status, headers: headers, body: [ByteBuffer(string: body)])
  }

  package var head: HTTPResponse { HTTPResponse(status: status, headerFields: headers) }

  /// Bytes of the body.
  package var length: Int { body.reduce(0) { $0 + $1.readableBytes } }

  package mutating func replaceBody(with bytes: ByteBuffer) {
    body = [bytes]
    headers[.contentLength] = String(bytes.readableBytes)
  }

  /// Drops the body but keeps its `Content-Length`, as in an answer to HEAD (RFC 9110, 9.3.2).
  package mutating func removeBody() { body = [] }
}
