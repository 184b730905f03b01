/// The reason why a text is not a network in CIDR notation.
public enum IPNetworkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text before the slash is not an IPv4 or IPv6 address.
  case notAnAddress(String)
  /// The text after the slash is not a whole number from 0 to the width of the address.
  case badPrefixLength(String, maximum: Int)
  /// The address has bits set beyond the prefix length; `network` is the block that it is in.
  case bitsBeyondPrefix(String, network: IPNetwork)

  /// The reason in plain words, quoting the offending text.
  public var description: String {
    switch self {
    case .notAnAddress(let text):
      "\"\(text)\" is not an IP address or a network such as 10.0.0.0/8 or fd00::/8"
    case .badPrefixLength(let text, let maximum):
      "\"\(text)\" must have a whole number from 0 to \(maximum) after the slash"
    case .bitsBeyondPrefix(let text, let network):
      "\"\(text)\" has bits set beyond its prefix length; the network is written \(network)"
    }
  }
}
