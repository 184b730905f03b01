import HTTPServer
import HTTPTypes
import Webhooks

/// The proxies that are trusted to name the address that a request came from.
struct TrustedProxies {
  var networks: [IPNetwork] = []

  /// The client's address: the last one in `X-Forwarded-For` that is not a trusted proxy's, since each
  /// proxy appends the address that connected to it. A peer that is not trusted is the client itself.
  func client(of request: Request) -> String? {
    client(forwarded: request.headers[values: .xForwardedFor], peer: request.peer)
  }

  /// - Parameters:
  ///   - forwarded: the values of `X-Forwarded-For`
  ///   - peer: the address that connected
  func client(forwarded: [String], peer: String?) -> String? {
    guard let peer, var client = Self.address(peer[...]) else { return peer }
    for text in forwarded.flatMap({ $0.split(separator: ",") }).reversed() {
      guard isTrusted(client), let before = Self.address(text) else { break }
      client = before
    }
    return "\(client)"
  }

  /// Reads `192.0.2.1`, `2001:db8::1` or `[2001:db8::1]`, each with or without a port, which some proxies
  /// add. An IPv4-mapped address is read as the IPv4 address.
  private static func address(_ text: Substring) -> IPAddress? {
    var text = text.filter { $0 != " " && $0 != "\t" }
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      text = String(text[text.index(after: text.startIndex)..<end])
    } else if text.count(where: { $0 == ":" }) == 1, text.contains(".") {
      text = String(text.prefix { $0 != ":" })
    }
    let address = IPAddress(text)
    return address?.mappedIPv4 ?? address
  }

  private func isTrusted(_ address: IPAddress) -> Bool {
    networks.contains { $0.contains(address) }
  }
}

extension HTTPField.Name {
  fileprivate static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
}
