/// A network that no webhook may be sent to unless the operator allows it.
public struct SpecialNetwork: Hashable, Sendable {
  /// The block of addresses.
  public let network: IPNetwork

  /// The block's purpose in a few plain words, such as `private use`.
  public let purpose: String

  /// The document that reserves the block, such as `RFC 1918`.
  public let source: String

  /// The parts of the block that the IANA registries mark as globally reachable.
  public let exceptions: [IPNetwork]

  /// True if the address is in the block and in none of its exceptions.
  public func contains(_ address: IPAddress) -> Bool {
    network.contains(address) && !exceptions.contains { $0.contains(address) }
  }
}

extension SpecialNetwork {
  /// Every refused network, narrower ones before wider ones, so that the first match gives the most
  /// specific reason.
  ///
  /// The rows are what the IANA IPv4 and IPv6 special-purpose address registries do not mark
  /// globally reachable, the multicast blocks, the transition mechanisms that embed an IPv4
  /// address, the metadata services of cloud providers, and the IPv6 space that IANA has not
  /// opened for global unicast.
  public static let all: [SpecialNetwork] = ipv6 + ipv4

  private static let ipv6 = [
    // This row comes first, because the IPv4 rows cover the mapped forms of their addresses, too.
    row(v6(0, 0, 0, 0, 0, 0xffff, prefix: 96), "IPv4-mapped", "RFC 4291"),
    row(v6(0, prefix: 128), "unspecified address", "RFC 4291"),
    row(v6(0, 0, 0, 0, 0, 0, 0, 1, prefix: 128), "loopback", "RFC 4291"),
    row(v6(0, prefix: 96), "IPv4-compatible, deprecated", "RFC 4291"),
    row(v6(0x64, 0xff9b, prefix: 96), "NAT64", "RFC 6052"),
    row(v6(0x64, 0xff9b, 1, prefix: 48), "local-use NAT64", "RFC 8215"),
    row(v6(0x100, prefix: 64), "discard only", "RFC 6666"),
    row(v6(0x100, 0, 0, 1, prefix: 64), "dummy prefix", "RFC 9780"),
    row(v6(0x2001, prefix: 32), "Teredo", "RFC 4380"),
    row(v6(0x2001, 2, prefix: 48), "benchmarking", "RFC 5180"),
    row(v6(0x2001, 0x10, prefix: 28), "ORCHID, deprecated", "RFC 4843"),
    row(
      v6(0x2001, prefix: 23), "IETF protocol assignments", "RFC 2928",
      except: [
        v6(0x2001, 1, 0, 0, 0, 0, 0, 1, prefix: 128),  // Port Control Protocol, RFC 7723
        v6(0x2001, 1, 0, 0, 0, 0, 0, 2, prefix: 128),  // TURN, RFC 8155
        v6(0x2001, 1, 0, 0, 0, 0, 0, 3, prefix: 128),  // DNS-SD registration, RFC 9665
        v6(0x2001, 3, prefix: 32),  // AMT, RFC 7450
        v6(0x2001, 4, 0x112, prefix: 48),  // AS112, RFC 7535
        v6(0x2001, 0x20, prefix: 28),  // ORCHIDv2, RFC 7343
        v6(0x2001, 0x30, prefix: 28),  // drone remote identification, RFC 9374
      ]),
    row(v6(0x2001, 0xdb8, prefix: 32), "documentation", "RFC 3849"),
    row(v6(0x2002, prefix: 16), "6to4", "RFC 3056"),
    row(v6(0x3fff, prefix: 20), "documentation", "RFC 9637"),
    row(v6(0x5f00, prefix: 16), "segment routing identifiers", "RFC 9602"),
    row(v6(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254, prefix: 128), "cloud metadata", "Amazon EC2"),
    row(v6(0xfc00, prefix: 7), "unique local", "RFC 4193"),
    row(v6(0xfe80, prefix: 10), "link-local", "RFC 4291"),
    row(v6(0xfec0, prefix: 10), "site-local, deprecated", "RFC 3879"),
    row(v6(0xff00, prefix: 8), "multicast", "RFC 4291"),
    row(v6(0, prefix: 3), "not global unicast", "IANA IPv6 address space"),
    row(v6(0x4000, prefix: 2), "not global unicast", "IANA IPv6 address space"),
    row(v6(0x8000, prefix: 1), "not global unicast", "IANA IPv6 address space"),
  ]

  private static let ipv4 = [
    row(v4(0, 0, 0, 0, prefix: 8), "this network", "RFC 791"),
    row(v4(10, 0, 0, 0, prefix: 8), "private use", "RFC 1918"),
    row(v4(100, 64, 0, 0, prefix: 10), "carrier-grade NAT", "RFC 6598"),
    row(v4(127, 0, 0, 0, prefix: 8), "loopback", "RFC 1122"),
    row(v4(168, 63, 129, 16, prefix: 32), "cloud metadata", "Microsoft Azure"),
    row(v4(169, 254, 169, 254, prefix: 32), "cloud metadata", "most cloud providers"),
    row(v4(169, 254, 0, 0, prefix: 16), "link-local", "RFC 3927"),
    row(v4(172, 16, 0, 0, prefix: 12), "private use", "RFC 1918"),
    // The whole block, although the registry marks 192.0.0.9 and 192.0.0.10 as globally reachable: no
    // receiver of webhooks is at these two.
    row(v4(192, 0, 0, 0, prefix: 24), "IETF protocol assignments", "RFC 6890"),
    row(v4(192, 0, 2, 0, prefix: 24), "documentation", "RFC 5737"),
    row(v4(192, 88, 99, 0, prefix: 24), "6to4 relay anycast, deprecated", "RFC 7526"),
    row(v4(192, 168, 0, 0, prefix: 16), "private use", "RFC 1918"),
    row(v4(198, 18, 0, 0, prefix: 15), "benchmarking", "RFC 2544"),
    row(v4(198, 51, 100, 0, prefix: 24), "documentation", "RFC 5737"),
    row(v4(203, 0, 113, 0, prefix: 24), "documentation", "RFC 5737"),
    row(v4(224, 0, 0, 0, prefix: 4), "multicast", "RFC 5771"),
    row(v4(255, 255, 255, 255, prefix: 32), "limited broadcast", "RFC 919"),
    row(v4(240, 0, 0, 0, prefix: 4), "reserved", "RFC 1112"),
  ]

  private static func row(
    _ network: IPNetwork, _ purpose: String, _ source: String, except: [IPNetwork] = []
  ) -> SpecialNetwork {
    SpecialNetwork(network: network, purpose: purpose, source: source, exceptions: except)
  }

  private static func v4(
    _ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, prefix: Int
  ) -> IPNetwork {
    let bits = [a, b, c, d].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return IPNetwork(around: IPAddress(v4: bits), prefixLength: prefix)
  }

  /// The network with the given leading groups; the others are zero.
  private static func v6(_ groups: UInt16..., prefix: Int) -> IPNetwork {
    let bits = groups.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
    return IPNetwork(
      around: IPAddress(v6: bits << (16 * (8 - groups.count))), prefixLength: prefix)
  }
}
