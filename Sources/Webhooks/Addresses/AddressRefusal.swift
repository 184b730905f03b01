/// The reason why nothing may be sent to the addresses of a host.
public enum AddressRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// The host has no address.
  case noAddresses
  /// One of the addresses is refused, for the reason given in plain words.
  case refused(String)

  public var description: String {
    switch self {
    case .noAddresses: "the host has no address"
    case .refused(let reason): "the host's address is not allowed: \(reason)"
    }
  }
}
