import Hummingbird

/// What an operator decides about the console.
public struct ConsoleSettings: Sendable {
  /// Where browsers find it; nil when nobody said.
  public var publicURL: PublicURL?

  public init(publicURL: PublicURL? = nil) { self.publicURL = publicURL }

  /// Whether browsers reach it by TLS. Said by the operator, never by a header that anybody can send.
  var isSecure: Bool { publicURL?.isSecure ?? false }

  /// What links to the console begin with: what the operator said, else the host that was asked.
  func origin(for request: Request) -> String {
    publicURL?.origin ?? "http://\(request.head.authority ?? "")"
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
    let authority = text[schemeEnd.upperBound...]
    let letters = "abcdefghijklmnopqrstuvwxyz0123456789-.:[]"
    guard let first = authority.first, first != ":", first != ".",
      authority.allSatisfy({ letters.contains($0) })
    else { return nil }
    if !authority.hasSuffix("]"), let colon = authority.lastIndex(of: ":") {
      let port = authority[authority.index(after: colon)...]
      guard let number = UInt16(port), number > 0, String(number) == port else { return nil }
    }
    origin = text
  }

  var isSecure: Bool { origin.hasPrefix("https://") }

  public var description: String { origin }
}
