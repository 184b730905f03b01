/// A connection carries requests that have the same key, if its address is vetted.
struct ConnectionKey: Hashable, Sendable {
  let scheme: EndpointURL.Scheme
  let host: String
  let port: UInt16

  /// The name that a certificate must be for; nil if the host is an address.
  let serverName: String?

  init(_ url: EndpointURL) {
    scheme = url.scheme
    host = url.host
    port = url.port
    serverName = url.address == nil ? url.host : nil
  }
}
