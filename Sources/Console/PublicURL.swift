import Glibc

/// The address at which browsers reach the console: `https://help.example.com`, without a path.
public struct PublicURL: Sendable, Equatable, CustomStringConvertible {
  /// Scheme, host, and the port unless it is the scheme's default: the form of the header `Origin`.
  public let origin: String

  /// Nil for anything else.
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
