import Testing

@testable import Webhooks

@Suite("Address policy") struct AddressPolicyTests {
  /// All refused addresses: the first and the last of each range, in order, and the network that refuses
  /// them.
  static let refused: [(first: String, last: String, network: String)] = [
    ("0.0.0.0", "0.255.255.255", "0.0.0.0/8 (this network)"),
    ("10.0.0.0", "10.255.255.255", "10.0.0.0/8 (private use)"),
    ("100.64.0.0", "100.127.255.255", "100.64.0.0/10 (carrier-grade NAT)"),
    ("127.0.0.0", "127.255.255.255", "127.0.0.0/8 (loopback)"),
    ("168.63.129.16", "168.63.129.16", "168.63.129.16/32 (cloud metadata)"),
    ("169.254.0.0", "169.254.169.253", "169.254.0.0/16 (link-local)"),
    ("169.254.169.254", "169.254.169.254", "169.254.169.254/32 (cloud metadata)"),
    ("169.254.169.255", "169.254.255.255", "169.254.0.0/16 (link-local)"),
    ("172.16.0.0", "172.31.255.255", "172.16.0.0/12 (private use)"),
    ("192.0.0.0", "192.0.0.255", "192.0.0.0/24 (IETF protocol assignments)"),
    ("192.0.2.0", "192.0.2.255", "192.0.2.0/24 (documentation)"),
    ("192.88.99.0", "192.88.99.255", "192.88.99.0/24 (6to4 relay anycast, deprecated)"),
    ("192.168.0.0", "192.168.255.255", "192.168.0.0/16 (private use)"),
    ("198.18.0.0", "198.19.255.255", "198.18.0.0/15 (benchmarking)"),
    ("198.51.100.0", "198.51.100.255", "198.51.100.0/24 (documentation)"),
    ("203.0.113.0", "203.0.113.255", "203.0.113.0/24 (documentation)"),
    ("224.0.0.0", "239.255.255.255", "224.0.0.0/4 (multicast)"),
    ("240.0.0.0", "255.255.255.254", "240.0.0.0/4 (reserved)"),
    ("255.255.255.255", "255.255.255.255", "255.255.255.255/32 (limited broadcast)"),
    ("::", "::", "::/128 (unspecified address)"),
    ("::1", "::1", "::1/128 (loopback)"),
    ("::2", "::ffff:ffff", "::/96 (IPv4-compatible, deprecated)"),
    ("::1:0:0", "::fffe:ffff:ffff", "::/3 (not global unicast)"),
    ("::ffff:0.0.0.0", "::ffff:255.255.255.255", "::ffff:0.0.0.0/96 (IPv4-mapped)"),
    ("::1:0:0:0", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "::/3 (not global unicast)"),
    ("64:ff9b::", "64:ff9b::ffff:ffff", "64:ff9b::/96 (NAT64)"),
    ("64:ff9b::1:0:0", "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "::/3 (not global unicast)"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:1::/48 (local-use NAT64)"),
    ("64:ff9b:2::", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/3 (not global unicast)"),
    ("100::", "100::ffff:ffff:ffff:ffff", "100::/64 (discard only)"),
    ("100:0:0:1::", "100::1:ffff:ffff:ffff:ffff", "100:0:0:1::/64 (dummy prefix)"),
    ("100:0:0:2::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/3 (not global unicast)"),
    ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001::/32 (Teredo)"),
    ("2001:1::", "2001:1::", "2001::/23 (IETF protocol assignments)"),
    ("2001:1::4", "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "2001::/23 (IETF protocol assignments)"),
    ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "2001:2::/48 (benchmarking)"),
    ("2001:2:1::", "2001:2:ffff:ffff:ffff:ffff:ffff:ffff", "2001::/23 (IETF protocol assignments)"),
    ("2001:4::", "2001:4:111:ffff:ffff:ffff:ffff:ffff", "2001::/23 (IETF protocol assignments)"),
    (
      "2001:4:113::", "2001:f:ffff:ffff:ffff:ffff:ffff:ffff",
      "2001::/23 (IETF protocol assignments)"
    ),
    ("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "2001:10::/28 (ORCHID, deprecated)"),
    (
      "2001:40::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::/23 (IETF protocol assignments)"
    ),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32 (documentation)"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::/16 (6to4)"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::/20 (documentation)"),
    ("4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::/2 (not global unicast)"),
    (
      "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "5f00::/16 (segment routing identifiers)"
    ),
    ("5f01::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::/2 (not global unicast)"),
    ("8000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::/1 (not global unicast)"),
    ("fc00::", "fd00:ec2::253", "fc00::/7 (unique local)"),
    ("fd00:ec2::254", "fd00:ec2::254", "fd00:ec2::254/128 (cloud metadata)"),
    ("fd00:ec2::255", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::/7 (unique local)"),
    ("fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::/1 (not global unicast)"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::/10 (link-local)"),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::/10 (site-local, deprecated)"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::/8 (multicast)"),
  ]

  let policy = AddressPolicy()

  @Test(
    "These ranges are refused from their first address to their last, and all other addresses are allowed"
  )
  func ranges() throws {
    for family in [IPAddress.Family.v4, .v6] {
      /// The first address after the range before.
      var next: UInt128 = 0
      for row in Self.refused {
        let (first, last) = (try #require(IPAddress(row.first)), try #require(IPAddress(row.last)))
        guard first.family == family else { continue }
        for address in [first, last] {
          #expect(policy.refusal(of: address) == "\(address) is in \(row.network)")
        }
        if first.bits > next {
          for bits in [next, first.bits - 1] {
            let address = family == .v4 ? IPAddress(v4: UInt32(bits)) : IPAddress(v6: bits)
            #expect(policy.refusal(of: address) == nil, "\(address)")
          }
        }
        next = last.bits &+ 1
      }
      #expect(next == (family == .v4 ? 1 << 32 : 0))
    }
  }

  @Test("Each refused network has its ranges, and a source") func networks() {
    let networks = SpecialNetwork.all.map { "\($0.network) (\($0.purpose))" }
    #expect(Set(networks) == Set(Self.refused.map(\.network)))
    #expect(SpecialNetwork.all.allSatisfy { !$0.source.isEmpty })
  }

  @Test(
    "An allowed network exempts its addresses alone",
    arguments: [
      ("10.0.0.0/8", "10.0.0.1", true), ("10.0.0.0/8", "::ffff:10.0.0.1", true),
      ("10.0.0.0/8", "::10.0.0.1", false), ("10.0.0.0/8", "64:ff9b::10.0.0.1", false),
      ("10.0.0.0/8", "2002:a00:1::", false), ("10.0.0.0/8", "11.0.0.1", true),
      ("10.0.0.0/8", "127.0.0.1", false), ("10.0.0.0/8", "::ffff:127.0.0.1", false),
      ("10.0.0.0/8", "::ffff:8.8.8.8", false), ("127.0.0.1", "127.0.0.1", true),
      ("127.0.0.1", "127.0.0.2", false), ("127.0.0.1", "::1", false), ("::1", "::1", true),
      ("::1", "127.0.0.1", false), ("fd00::/8", "fd00:ec2::254", true),
      ("fd00::/8", "fc00::1", false), ("::ffff:10.0.0.0/104", "::ffff:10.0.0.1", true),
      ("::ffff:10.0.0.0/104", "10.0.0.1", false), ("0.0.0.0/0", "169.254.169.254", true),
      ("0.0.0.0/0", "::1", false), ("::/0", "::1", true), ("::/0", "127.0.0.1", false),
    ]) func allowed(network: String, address: String, isAllowed: Bool) throws
  {
    let policy = AddressPolicy(allowedNetworks: [try IPNetwork(network)])
    #expect((policy.refusal(of: try #require(IPAddress(address))) == nil) == isAllowed)
  }
}
