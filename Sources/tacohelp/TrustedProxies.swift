import HTTPTypes
import Hummingbird
import Webhooks

/// The proxies whose word is believed on where a request came from.
struct TrustedProxies {
  var networks: [IPNetwork] = []

  /// The address of the client: the last in `X-Forwarded-For` that no trusted proxy has, for each of
  /// them appends whom it heard the request from. Whoever is not trusted is the client itself.
  func client(of request: Request, from peer: String?) -> String? {
    guard let peer, var client = IPAddress(peer) else { return peer }
    let named = request.headers[values: .xForwardedFor].flatMap { $0.split(separator: ",") }
    for text in named.reversed() {
      guard isTrusted(client), let before = IPAddress(text.filter { $0 != " " }) else { break }
      client = before
    }
    return "\(client)"
  }

  private func isTrusted(_ address: IPAddress) -> Bool {
    networks.contains { $0.contains(address) }
  }
}

extension HTTPField.Name {
  fileprivate static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
}
