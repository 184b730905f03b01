import Testing

@testable import Webhooks

@Suite("IP networks") struct IPNetworkTests {
  @Test(
    "A network in CIDR notation is read and described canonically",
    arguments: [
      ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("192.0.2.1", "192.0.2.1/32"),
      ("192.0.2.1/32", "192.0.2.1/32"), ("fd00::/8", "fd00::/8"), ("::/0", "::/0"),
      ("::1", "::1/128"), ("FD00:0EC2::/32", "fd00:ec2::/32"),
      ("::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104"), ("10.0.0.128/25", "10.0.0.128/25"),
    ]) func valid(text: String, expected: String) throws
  {
    let network = try IPNetwork(text)
    #expect(network.description == expected)
    #expect(try IPNetwork(network.description) == network)
  }

  @Test(
    "Text without an address before the slash is refused",
    arguments: ["", " ", "/8", "10.0.0/8", "10/8", "localhost", "[::1]/128", "fe80::1%lo/64", "٠"])
  func noAddress(text: String) {
    #expect(throws: IPNetworkError.notAnAddress(text)) { try IPNetwork(text) }
  }

  @Test(
    "A prefix length that is no whole number within the width is refused",
    arguments: [
      ("10.0.0.0/", 32), ("10.0.0.0/33", 32), ("10.0.0.0/-1", 32), ("10.0.0.0/+8", 32),
      ("10.0.0.0/08", 32), ("10.0.0.0/8 ", 32), ("10.0.0.0/8/8", 32), ("10.0.0.0/255.0.0.0", 32),
      ("10.0.0.0/99999999999999999999", 32), ("fd00::/129", 128), ("fd00::/a", 128),
      ("fd00::/٨", 128),
    ]) func badLength(text: String, maximum: Int)
  {
    #expect(throws: IPNetworkError.badPrefixLength(text, maximum: maximum)) {
      try IPNetwork(text)
    }
  }

  @Test(
    "Bits beyond the prefix are refused, with the network that was probably meant",
    arguments: [
      ("10.0.0.1/8", "10.0.0.0/8"), ("10.0.0.0/0", "0.0.0.0/0"), ("fd00::1/8", "fd00::/8"),
    ]) func bitsBeyondPrefix(text: String, meant: String) throws
  {
    let error = #expect(throws: IPNetworkError.self) { try IPNetwork(text) }
    #expect(
      error?.description
        == "\"\(text)\" has bits set beyond its prefix length; the network is written \(meant)")
  }

  @Test("Each error says what is wrong")
  func errorTexts() {
    #expect(IPNetworkError.notAnAddress("x").description.hasPrefix("\"x\" is not an IP address"))
    #expect(
      IPNetworkError.badPrefixLength("10.0.0.0/33", maximum: 32).description
        == "\"10.0.0.0/33\" must have a whole number from 0 to 32 after the slash")
  }

  @Test("A comma-separated list is read, blanks around the items included")
  func list() throws {
    let networks = try IPNetwork.list(" 10.0.0.0/8 ,fd00::/8, 192.0.2.1 ")
    #expect(networks.map(\.description) == ["10.0.0.0/8", "fd00::/8", "192.0.2.1/32"])
    #expect(try IPNetwork.list("").isEmpty)
    #expect(try IPNetwork.list("  ").isEmpty)
  }

  @Test(
    "An empty or unusable item makes the whole list unusable",
    arguments: ["10.0.0.0/8,", ",", "10.0.0.0/8,,fd00::/8", "10.0.0.0/8 fd00::/8", "10.0.0.0/8;"])
  func badList(text: String) {
    #expect(throws: IPNetworkError.self) { try IPNetwork.list(text) }
  }

  @Test(
    "A network contains its addresses and no others",
    arguments: [
      ("10.0.0.0/8", "10.0.0.0", true), ("10.0.0.0/8", "10.255.255.255", true),
      ("10.0.0.0/8", "9.255.255.255", false), ("10.0.0.0/8", "11.0.0.0", false),
      ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("10.0.0.0/8", "::ffff:11.1.2.3", false),
      ("10.0.0.0/8", "::10.1.2.3", false), ("10.0.0.0/8", "64:ff9b::10.1.2.3", false),
      ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::ffff:255.255.255.255", true),
      ("0.0.0.0/0", "::1", false), ("::/0", "1.2.3.4", false), ("::/0", "ffff::", true),
      ("::ffff:0:0/96", "1.2.3.4", false), ("::ffff:0:0/96", "::ffff:1.2.3.4", true),
      ("::1", "::1", true), ("::1", "::2", false), ("::/1", "7fff::", true),
      ("::/1", "8000::", false), ("192.0.2.0/31", "192.0.2.1", true),
      ("192.0.2.0/31", "192.0.2.2", false),
    ]) func contains(network: String, address: String, expected: Bool) throws
  {
    #expect(try IPNetwork(network).contains(#require(IPAddress(address))) == expected)
  }
}
