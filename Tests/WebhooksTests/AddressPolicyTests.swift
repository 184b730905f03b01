import Testing

@testable import Webhooks

/// A refused network, its first and last address, and those just outside: nil at the end of the
/// address space, else the network that refuses the neighbour too, or `allowed`.
struct Boundary: Sendable, CustomTestStringConvertible {
  static let allowed = "allowed"

  let network: String
  let purpose: String
  let first: String
  let last: String
  let before: (address: String, verdict: String)?
  let after: (address: String, verdict: String)?
  var firstRefusedBy: String?
  var lastRefusedBy: String?

  var testDescription: String { network }
}

@Suite("Address policy") struct AddressPolicyTests {
  static let low = "::/3"
  static let ok = Boundary.allowed

  static let ipv4: [Boundary] = [
    Boundary(
      network: "0.0.0.0/8", purpose: "this network", first: "0.0.0.0", last: "0.255.255.255",
      before: nil, after: ("1.0.0.0", ok)),
    Boundary(
      network: "10.0.0.0/8", purpose: "private use", first: "10.0.0.0", last: "10.255.255.255",
      before: ("9.255.255.255", ok), after: ("11.0.0.0", ok)),
    Boundary(
      network: "100.64.0.0/10", purpose: "carrier-grade NAT", first: "100.64.0.0",
      last: "100.127.255.255", before: ("100.63.255.255", ok), after: ("100.128.0.0", ok)),
    Boundary(
      network: "127.0.0.0/8", purpose: "loopback", first: "127.0.0.0", last: "127.255.255.255",
      before: ("126.255.255.255", ok), after: ("128.0.0.0", ok)),
    Boundary(
      network: "168.63.129.16/32", purpose: "cloud metadata", first: "168.63.129.16",
      last: "168.63.129.16", before: ("168.63.129.15", ok), after: ("168.63.129.17", ok)),
    Boundary(
      network: "169.254.169.254/32", purpose: "cloud metadata", first: "169.254.169.254",
      last: "169.254.169.254", before: ("169.254.169.253", "169.254.0.0/16"),
      after: ("169.254.169.255", "169.254.0.0/16")),
    Boundary(
      network: "169.254.0.0/16", purpose: "link-local", first: "169.254.0.0",
      last: "169.254.255.255", before: ("169.253.255.255", ok), after: ("169.255.0.0", ok)),
    Boundary(
      network: "172.16.0.0/12", purpose: "private use", first: "172.16.0.0",
      last: "172.31.255.255", before: ("172.15.255.255", ok), after: ("172.32.0.0", ok)),
    Boundary(
      network: "192.0.0.0/24", purpose: "IETF protocol assignments", first: "192.0.0.0",
      last: "192.0.0.255", before: ("191.255.255.255", ok), after: ("192.0.1.0", ok)),
    Boundary(
      network: "192.0.2.0/24", purpose: "documentation", first: "192.0.2.0", last: "192.0.2.255",
      before: ("192.0.1.255", ok), after: ("192.0.3.0", ok)),
    Boundary(
      network: "192.88.99.0/24", purpose: "6to4 relay anycast, deprecated", first: "192.88.99.0",
      last: "192.88.99.255", before: ("192.88.98.255", ok), after: ("192.88.100.0", ok)),
    Boundary(
      network: "192.168.0.0/16", purpose: "private use", first: "192.168.0.0",
      last: "192.168.255.255", before: ("192.167.255.255", ok), after: ("192.169.0.0", ok)),
    Boundary(
      network: "198.18.0.0/15", purpose: "benchmarking", first: "198.18.0.0",
      last: "198.19.255.255", before: ("198.17.255.255", ok), after: ("198.20.0.0", ok)),
    Boundary(
      network: "198.51.100.0/24", purpose: "documentation", first: "198.51.100.0",
      last: "198.51.100.255", before: ("198.51.99.255", ok), after: ("198.51.101.0", ok)),
    Boundary(
      network: "203.0.113.0/24", purpose: "documentation", first: "203.0.113.0",
      last: "203.0.113.255", before: ("203.0.112.255", ok), after: ("203.0.114.0", ok)),
    Boundary(
      network: "224.0.0.0/4", purpose: "multicast", first: "224.0.0.0", last: "239.255.255.255",
      before: ("223.255.255.255", ok), after: ("240.0.0.0", "240.0.0.0/4")),
    Boundary(
      network: "255.255.255.255/32", purpose: "limited broadcast", first: "255.255.255.255",
      last: "255.255.255.255", before: ("255.255.255.254", "240.0.0.0/4"), after: nil),
    Boundary(
      network: "240.0.0.0/4", purpose: "reserved", first: "240.0.0.0", last: "255.255.255.255",
      before: ("239.255.255.255", "224.0.0.0/4"), after: nil,
      lastRefusedBy: "255.255.255.255/32"),
  ]

  static let ipv6: [Boundary] = [
    Boundary(
      network: "::ffff:0.0.0.0/96", purpose: "IPv4-mapped", first: "::ffff:0.0.0.0",
      last: "::ffff:255.255.255.255", before: ("::fffe:ffff:ffff", low),
      after: ("::1:0:0:0", low)),
    Boundary(
      network: "::/128", purpose: "unspecified address", first: "::", last: "::", before: nil,
      after: ("::1", "::1/128")),
    Boundary(
      network: "::1/128", purpose: "loopback", first: "::1", last: "::1",
      before: ("::", "::/128"), after: ("::2", "::/96")),
    Boundary(
      network: "::/96", purpose: "IPv4-compatible, deprecated", first: "::",
      last: "::255.255.255.255", before: nil, after: ("::1:0:0", low), firstRefusedBy: "::/128"),
    Boundary(
      network: "64:ff9b::/96", purpose: "NAT64", first: "64:ff9b::",
      last: "64:ff9b::255.255.255.255", before: ("64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", low),
      after: ("64:ff9b::1:0:0", low)),
    Boundary(
      network: "64:ff9b:1::/48", purpose: "local-use NAT64", first: "64:ff9b:1::",
      last: "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
      before: ("64:ff9b:0:ffff:ffff:ffff:ffff:ffff", low), after: ("64:ff9b:2::", low)),
    Boundary(
      network: "100::/64", purpose: "discard only", first: "100::",
      last: "100::ffff:ffff:ffff:ffff", before: ("ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", low),
      after: ("100:0:0:1::", "100:0:0:1::/64")),
    Boundary(
      network: "100:0:0:1::/64", purpose: "dummy prefix", first: "100:0:0:1::",
      last: "100:0:0:1:ffff:ffff:ffff:ffff", before: ("100::ffff:ffff:ffff:ffff", "100::/64"),
      after: ("100:0:0:2::", low)),
    Boundary(
      network: "2001::/32", purpose: "Teredo", first: "2001::",
      last: "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok), after: ("2001:1::", "2001::/23")),
    Boundary(
      network: "2001:2::/48", purpose: "benchmarking", first: "2001:2::",
      last: "2001:2:0:ffff:ffff:ffff:ffff:ffff",
      before: ("2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "2001::/23"),
      after: ("2001:2:1::", "2001::/23")),
    Boundary(
      network: "2001:10::/28", purpose: "ORCHID, deprecated", first: "2001:10::",
      last: "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("2001:f:ffff:ffff:ffff:ffff:ffff:ffff", "2001::/23"), after: ("2001:20::", ok)),
    Boundary(
      network: "2001::/23", purpose: "IETF protocol assignments", first: "2001::",
      last: "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok), after: ("2001:200::", ok),
      firstRefusedBy: "2001::/32"),
    Boundary(
      network: "2001:db8::/32", purpose: "documentation", first: "2001:db8::",
      last: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", ok), after: ("2001:db9::", ok)),
    Boundary(
      network: "2002::/16", purpose: "6to4", first: "2002::",
      last: "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok), after: ("2003::", ok)),
    Boundary(
      network: "3fff::/20", purpose: "documentation", first: "3fff::",
      last: "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok), after: ("3fff:1000::", ok)),
    Boundary(
      network: "5f00::/16", purpose: "segment routing identifiers", first: "5f00::",
      last: "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::/2"),
      after: ("5f01::", "4000::/2")),
    Boundary(
      network: "fd00:ec2::254/128", purpose: "cloud metadata", first: "fd00:ec2::254",
      last: "fd00:ec2::254", before: ("fd00:ec2::253", "fc00::/7"),
      after: ("fd00:ec2::255", "fc00::/7")),
    Boundary(
      network: "fc00::/7", purpose: "unique local", first: "fc00::",
      last: "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::/1"),
      after: ("fe00::", "8000::/1")),
    Boundary(
      network: "fe80::/10", purpose: "link-local", first: "fe80::",
      last: "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::/1"),
      after: ("fec0::", "fec0::/10")),
    Boundary(
      network: "fec0::/10", purpose: "site-local, deprecated", first: "fec0::",
      last: "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::/10"),
      after: ("ff00::", "ff00::/8")),
    Boundary(
      network: "ff00::/8", purpose: "multicast", first: "ff00::",
      last: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::/10"), after: nil),
    Boundary(
      network: "::/3", purpose: "not global unicast", first: "::",
      last: "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", before: nil, after: ("2000::", ok),
      firstRefusedBy: "::/128"),
    Boundary(
      network: "4000::/2", purpose: "not global unicast", first: "4000::",
      last: "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok), after: ("8000::", "8000::/1")),
    Boundary(
      network: "8000::/1", purpose: "not global unicast", first: "8000::",
      last: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      before: ("7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::/2"), after: nil,
      lastRefusedBy: "ff00::/8"),
  ]

  let policy = AddressPolicy()

  @Test("A network is refused from its first to its last address", arguments: ipv4 + ipv6)
  func boundaries(_ row: Boundary) throws {
    #expect(try verdict(row.first) == row.firstRefusedBy ?? row.network)
    #expect(try verdict(row.last) == row.lastRefusedBy ?? row.network)
    if let before = row.before { #expect(try verdict(before.address) == before.verdict) }
    if let after = row.after { #expect(try verdict(after.address) == after.verdict) }
    let special = try #require(
      SpecialNetwork.all.first { $0.network.description == row.network })
    #expect(special.purpose == row.purpose)
    #expect(!special.source.isEmpty)
    let first = try #require(IPAddress(row.first))
    let last = try #require(IPAddress(row.last))
    #expect(special.contains(first) && special.contains(last))
    let width = first.family.bitWidth - special.network.prefixLength
    #expect(last.bits - first.bits == (width == 128 ? UInt128.max : (1 << width) - 1))
  }

  @Test("The test table has exactly the rows of the product's table")
  func sameRows() {
    #expect(
      (Self.ipv6 + Self.ipv4).map(\.network)
        == SpecialNetwork.all.map(\.network.description))
  }

  @Test(
    "What the registries mark globally reachable is allowed, to its first and last address",
    arguments: [
      ("2001:1::1", "2001:1::1"), ("2001:1::2", "2001:1::2"), ("2001:1::3", "2001:1::3"),
      ("2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff"),
      ("2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff"),
      ("2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"),
      ("2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff"),
      ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
      ("192.31.196.0", "192.31.196.255"), ("192.52.193.0", "192.52.193.255"),
      ("192.175.48.0", "192.175.48.255"),
    ]) func globallyReachable(first: String, last: String) throws
  {
    #expect(try verdict(first) == Boundary.allowed)
    #expect(try verdict(last) == Boundary.allowed)
  }

  @Test(
    "The neighbours of those exceptions are refused",
    arguments: [
      "2001:1::", "2001:1::4", "2001:2:ffff:ffff:ffff:ffff:ffff:ffff", "2001:4::",
      "2001:4:111:ffff:ffff:ffff:ffff:ffff", "2001:4:113::", "2001:40::",
    ]) func neighbours(address: String) throws
  {
    #expect(try verdict(address) == "2001::/23")
  }

  @Test("192.0.0.9 and 192.0.0.10 are refused with the whole of 192.0.0.0/24")
  func protocolAssignments() throws {
    #expect(try verdict("192.0.0.9") == "192.0.0.0/24")
    #expect(try verdict("192.0.0.10") == "192.0.0.0/24")
  }

  @Test(
    "Ordinary public addresses are allowed",
    arguments: ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::1"])
  func ordinary(address: String) throws {
    #expect(try verdict(address) == Boundary.allowed)
  }

  @Test(
    "A public IPv4 address inside an IPv6 one is refused",
    arguments: [
      ("::ffff:8.8.8.8", "::ffff:0.0.0.0/96"), ("::8.8.8.8", "::/96"),
      ("64:ff9b::8.8.8.8", "64:ff9b::/96"), ("2002:808:808::", "2002::/16"),
    ]) func embedded(address: String, network: String) throws
  {
    #expect(try verdict(address) == network)
  }

  @Test("The refusal names the address, the network and its purpose")
  func wording() throws {
    #expect(
      policy.refusal(of: try #require(IPAddress("10.0.0.1")))
        == "10.0.0.1 is in 10.0.0.0/8 (private use)")
    #expect(
      policy.refusal(of: try #require(IPAddress("::ffff:a00:1")))
        == "::ffff:10.0.0.1 is in ::ffff:0.0.0.0/96 (IPv4-mapped)")
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

  @Test("Addresses that are all allowed are passed on in their order")
  func vetted() throws {
    let addresses = ["8.8.8.8", "2606:4700::1111", "1.1.1.1"].compactMap(IPAddress.init)
    #expect(try policy.vet(addresses) == addresses)
  }

  @Test("One refused address among many refuses them all", arguments: 0..<3)
  func oneAmongMany(position: Int) {
    var addresses = ["8.8.8.8", "2606:4700::1111"].compactMap(IPAddress.init)
    addresses.insert(IPAddress(v4: 0x7f00_0001), at: position)
    #expect(throws: AddressRefusal.refused("127.0.0.1 is in 127.0.0.0/8 (loopback)")) {
      try policy.vet(addresses)
    }
  }

  @Test("No addresses at all are refused")
  func none() {
    #expect(throws: AddressRefusal.noAddresses) { try policy.vet([]) }
  }

  /// The network that refuses the address, or `allowed`.
  private func verdict(_ text: String) throws -> String {
    let address = try #require(IPAddress(text))
    guard let reason = policy.refusal(of: address) else { return Boundary.allowed }
    let words = reason.split(separator: " ")
    #expect(words.count > 3 && words[0] == address.description)
    return String(words[3])
  }
}
