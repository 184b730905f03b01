import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

extension HTTPRequestHead {
  var hasBody: Bool {
    headers.contains(name: "transfer-encoding")
      || (headers.first(name: "content-length") ?? "0") != "0"
  }

  /// True for CONNECT and for an offer to upgrade, such as clients make that try h2c with every server.
  var asksForAnotherProtocol: Bool {
    method == .CONNECT || headers.contains(name: "upgrade")
  }

  /// True if the client waits for leave to send a body. None is given for one that is too large anyway.
  var expectsInvitation: Bool {
    version.minor > 0 && headers["expect"].first?.lowercased() == "100-continue"
      && (headers.first(name: "content-length").flatMap(Int.init) ?? 0) <= Request.largestBody
  }
}

extension HTTPRequest {
  /// The same as NIO's conversion, which parses each target as a URL. Only those that do not begin with
  /// a slash need that.
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
