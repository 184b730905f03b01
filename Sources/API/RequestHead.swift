import NIOHTTP1

extension HTTPRequestHead {
  var hasBody: Bool {
    headers.contains(name: "transfer-encoding")
      || (headers.first(name: "content-length") ?? "0") != "0"
  }

  /// As h2c by clients that know the server as little as this.
  var asksForAnotherProtocol: Bool {
    method == .CONNECT || headers.contains(name: "upgrade")
  }

  /// Not for a body that is too large anyway.
  var expectsInvitation: Bool {
    version.minor > 0 && headers["expect"].first?.lowercased() == "100-continue"
      && (headers.first(name: "content-length").flatMap(Int.init) ?? 0) <= RequestBody.largest
  }
}
