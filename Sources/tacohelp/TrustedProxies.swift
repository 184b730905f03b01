import HTTPTypes
import Hummingbird
import Webhooks

/// The proxies whose word is believed on where a request came from.
struct TrustedProxies {
  var networks: [IPNetwork] = []

  /// The address of the client: the last in `X-Forwarded-For` that no trusted proxy has, for each of
  /// them appends whom it heard the request from. Whoever is not trusted is the client itself.
  func client(of request: Request, from peer: String?) -> String? {
    guard let peer, var client = Self.address(peer[...]) else { return peer }
    let named = request.headers[values: .xForwardedFor].flatMap { $0.split(separator: ",") }
    for text in named.reversed() {
      guard isTrusted(client), let before = Self.address(text) else { break }
      client = before
    }
    return "\(client)"
  }

  /// Reads `192.0.2.1`, `2001:db8::1` or `[2001:db8::1]`, some proxies add a port. An IPv4-mapped
  /// address is the IPv4 address, however it came.
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
