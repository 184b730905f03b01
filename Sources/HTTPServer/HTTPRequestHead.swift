import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

extension HTTPRequestHead {
  var hasBody: Bool {
    headers.contains(name: "transfer-encoding")
      || (headers.first(name: "content-length") ?? "0") != "0"
  }

  /// True for CONNECT and for an offer to upgrade. Some clients offer h2c to every server.
  var asksForAnotherProtocol: Bool {
    method == .CONNECT || headers.contains(name: "upgrade")
  }

  /// True if the client waits for `100 Continue` before it sends a body that is not too large.
  var expectsInvitation: Bool {
    version.minor > 0 && headers["expect"].first?.lowercased() == "100-continue"
      && (headers.first(name: "content-length").flatMap(Int.init) ?? 0) <= Request.largestBody
  }
}

extension HTTPRequest {
  /// Converts as NIO does, but parses a target as a URL only if it does not begin with a slash.
  init(fast head: HTTPRequestHead) throws {
    guard head.uri.utf8.first == UInt8(ascii: "/") else {
      try self.init(head, secure: false, splitCookie: false)
      return
    }
    self.init(
      method: try Method(head.method), scheme: "http", authority: head.headers.first(name: "host"),
      path: head.uri, headerFields: HTTPFields(head.headers, splitCookie: false))
  }
}
