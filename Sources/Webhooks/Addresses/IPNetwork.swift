/// A block of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3).
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
  /// The first address of the block.
  public let base: IPAddress

  /// The number of leading bits that the addresses of the block share.
  public let prefixLength: Int

  /// The block with the given prefix length around an address. A length out of range is clamped.
  init(around address: IPAddress, prefixLength: Int) {
    let width = address.family.bitWidth
    self.prefixLength = min(max(prefixLength, 0), width)
    let mask = UInt128.max << (width - self.prefixLength)
    base =
      switch address.family {
      case .v4: IPAddress(v4: UInt32(truncatingIfNeeded: address.bits & mask))
      case .v6: IPAddress(v6: address.bits & mask)
      }
  }

  /// Reads a network such as `10.0.0.0/8` or `fd00::/8`; a bare address is a block of one.
  ///
  /// An address with bits set beyond the prefix length (`10.0.0.1/8`) is refused, since it is more likely
  /// a mistake than a request for the whole block.
  ///
  /// - Throws: ``IPNetworkError``, whose description quotes the text and says what is wrong.
  public init(_ text: String) throws(IPNetworkError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(String(first)) else {
      throw .notAnAddress(text)
    }
    let width = address.family.bitWidth
    guard parts.count > 1 else {
      self.init(around: address, prefixLength: width)
      return
    }
    guard let length = Int(plainDecimal: parts[1]), length <= width else {
      throw .badPrefixLength(text, maximum: width)
    }
    self.init(around: address, prefixLength: length)
    guard base == address else { throw .bitsBeyondPrefix(text, network: self) }
  }

  /// Reads a comma-separated list of networks, each of which may have spaces around it; an empty text is
  /// an empty list.
  ///
  /// - Throws: ``IPNetworkError`` for the first item that is not a network, even if it is empty.
  public static func list(_ text: String) throws(IPNetworkError) -> [IPNetwork] {
    guard text.contains(where: { $0 != " " }) else { return [] }
    var networks: [IPNetwork] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let start = item.drop { $0 == " " }
      let end = start.lastIndex { $0 != " " }
      networks.append(try IPNetwork(end.map { String(start[...$0]) } ?? ""))
    }
    return networks
  }

  /// True if the address is in the block. An IPv4 block also contains the IPv4-mapped IPv6 form of its
  /// addresses; the reverse does not hold.
  public func contains(_ address: IPAddress) -> Bool {
    let candidate = base.family == .v4 ? address.mappedIPv4 ?? address : address
    guard candidate.family == base.family else { return false }
    return (candidate.bits ^ base.bits) >> (base.family.bitWidth - prefixLength) == 0
  }

  /// The network as `address/length`, the address in canonical form.
  public var description: String { "\(base)/\(prefixLength)" }
}
