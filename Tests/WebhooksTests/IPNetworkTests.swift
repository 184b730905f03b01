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
    let error = IPNetworkError.notAnAddress(text)
    #expect(throws: error) { try IPNetwork(text) }
    #expect(error.description.hasPrefix("\"\(text)\" is not an IP address"))
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
    let error = IPNetworkError.badPrefixLength(text, maximum: maximum)
    #expect(throws: error) { try IPNetwork(text) }
    #expect(
      error.description
        == "\"\(text)\" must have a whole number from 0 to \(maximum) after the slash")
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
}
