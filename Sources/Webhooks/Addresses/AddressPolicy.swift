/// Decides which addresses webhooks may be sent to: none in the ``SpecialNetwork`` table, unless the
/// operator exempts it.
public struct AddressPolicy: Sendable {
  /// The networks that the operator exempts from the check.
  public let allowedNetworks: [IPNetwork]

  /// A policy that refuses every ``SpecialNetwork``, except what lies in the allowed networks.
  /// An allowed IPv4 network also allows the IPv4-mapped form of its addresses.
  public init(allowedNetworks: [IPNetwork] = []) {
    self.allowedNetworks = allowedNetworks
  }

  /// The reason why the address is refused, such as `10.0.0.1 is in 10.0.0.0/8 (private use)`; nil if it
  /// is allowed.
  public func refusal(of address: IPAddress) -> String? {
    guard !allowedNetworks.contains(where: { $0.contains(address) }),
      let special = SpecialNetwork.all.first(where: { $0.contains(address) })
    else { return nil }
    return "\(address) is in \(special.network) (\(special.purpose))"
  }

  /// The addresses that are allowed, for a purpose for which any of them will do.
  ///
  /// - Throws: ``AddressRefusal`` if none of them is allowed.
  func allowedAmong(_ addresses: [IPAddress]) throws(AddressRefusal) -> [IPAddress] {
    let allowed = addresses.filter { refusal(of: $0) == nil }
    return allowed.isEmpty ? try vet(addresses) : allowed
  }

  /// Returns the addresses of one host if all of them are allowed.
  ///
  /// - Throws: ``AddressRefusal`` if there are none, or for the first one that is refused: it makes the
  ///   whole host refused.
  public func vet(_ addresses: [IPAddress]) throws(AddressRefusal) -> [IPAddress] {
    guard !addresses.isEmpty else { throw .noAddresses }
    for address in addresses {
      if let reason = refusal(of: address) { throw .refused(reason) }
    }
    return addresses
  }
}
