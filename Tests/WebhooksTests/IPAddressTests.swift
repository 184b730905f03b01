import Glibc
import NIOCore
import Testing

@testable import Webhooks

@Suite("IP addresses") struct IPAddressTests {
  @Test(
    "An address is described in its canonical form",
    arguments: [
      ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"), ("255.255.255.255", "255.255.255.255"),
      ("::", "::"), ("0:0:0:0:0:0:0:1", "::1"), ("1::", "1::"),
      ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
      ("2001:db8:0:0:1:1:1:1", "2001:db8::1:1:1:1"),
      ("1:2:3:4:5:6::", "1:2:3:4:5:6::"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
      ("::ffff:a00:1", "::ffff:10.0.0.1"), ("::FFFF:10.0.0.1", "::ffff:10.0.0.1"),
      ("::10.0.0.1", "::a00:1"), ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"),
      ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ]) func canonicalForm(text: String, expected: String) throws
  {
    let address = try #require(IPAddress(text))
    #expect(address.description == expected)
    #expect(IPAddress(address.description) == address)
  }

  @Test(
    "Text that inet_pton does not take is no address",
    arguments: [
      "", " ", "1", "127.1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", ".1.2.3", "01.2.3.4",
      "0x7f.0.0.1", "2130706433", "0177.0.0.1", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n", "1.2.3.4\0",
      "127.0.0.1\0.example.com", "+1.2.3.4", "\u{ff11}.2.3.4", "[::1]", "::1%lo", "::1%1", ":::",
      "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "::1\0", "::1.2.3",
      "fe80::1/64",
      "localhost",
    ]) func notAnAddress(text: String)
  {
    #expect(IPAddress(text) == nil)
  }

  @Test("An IPv4 address differs from its mapped form and from the IPv6 address of its number")
  func families() throws {
    let v4 = try #require(IPAddress("10.0.0.1"))
    let mapped = try #require(IPAddress("::ffff:10.0.0.1"))
    let compatible = try #require(IPAddress("::10.0.0.1"))
    #expect(Set([v4, mapped, compatible]).count == 3)
    #expect(mapped.mappedIPv4 == v4)
    #expect(compatible.mappedIPv4 == nil)
    #expect(v4.mappedIPv4 == nil)
    #expect(v4.family == .v4 && mapped.family == .v6)
  }

  @Test(
    "An address is read from a socket address",
    arguments: [("192.0.2.7", AF_INET), ("fe80::1234", AF_INET6), ("2001:db8::1:2", AF_INET6)])
  func fromSocketAddress(text: String, family: Int32) throws {
    try SocketAddress(ipAddress: text, port: 443).withSockAddr { pointer, length in
      let address = IPAddress(pointer, family: family, length: socklen_t(length))
      #expect(address?.description == text)
    }
  }

  @Test("A socket address that is short or of another family holds no address")
  func unusableSocketAddresses() throws {
    try SocketAddress(ipAddress: "2001:db8::1", port: 443).withSockAddr { pointer, length in
      #expect(IPAddress(pointer, family: AF_UNIX, length: socklen_t(length)) == nil)
      #expect(IPAddress(pointer, family: AF_INET6, length: socklen_t(length - 1)) == nil)
      #expect(IPAddress(pointer, family: AF_INET6, length: 0) == nil)
    }
  }
}
