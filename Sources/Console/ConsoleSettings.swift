import Hummingbird

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What an operator decides about the console.
public struct ConsoleSettings: Sendable {
  /// Where browsers find it; nil when nobody said.
  public var publicURL: PublicURL?

  public init(publicURL: PublicURL? = nil) { self.publicURL = publicURL }

  /// Whether browsers reach it by TLS. Said by the operator, never by a header that anybody can send.
  var isSecure: Bool { publicURL?.isSecure ?? false }

  /// Where the request's sender finds the server, as `http://127.0.0.1:8080`: what the operator says, else
  /// what the request was sent to, else where a server is by default.
  func origin(of request: Request) -> String {
    let asked = request.head.authority.flatMap { PublicURL("http://\($0)") }
    return (publicURL ?? asked)?.origin ?? Description.exampleOrigin
  }
}

/// Where browsers find the console: `https://help.example.com`, without a path.
public struct PublicURL: Sendable, Equatable, CustomStringConvertible {
  /// As browsers write it in `Origin`: scheme, host, and the port where it is not the scheme's own.
  public let origin: String

  /// Nil for anything that is no such URL.
  public init?(_ text: String) {
    var text = text.lowercased()
    if text.hasSuffix("/") { text.removeLast() }
    guard let schemeEnd = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<schemeEnd.lowerBound]
    guard let ownPort = ["https": ":443", "http": ":80"][scheme] else { return nil }
    if text.hasSuffix(ownPort) { text.removeLast(ownPort.count) }
    var host = text[schemeEnd.upperBound...]
    if !host.hasSuffix("]"), let colon = host.lastIndex(of: ":") {
      let port = host[host.index(after: colon)...]
      guard let number = UInt16(port), number > 0, String(number) == port else { return nil }
      host = host[..<colon]
    }
    guard Self.isHost(host) else { return nil }
    origin = text
  }

  private static func isHost(_ host: Substring) -> Bool {
    if host.hasPrefix("["), host.hasSuffix("]") {
      var address = in6_addr()
      return inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &address) == 1
    }
    return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".contains($0) }
    }
  }

  var isSecure: Bool { origin.hasPrefix("https://") }

  public var description: String { origin }
}
