import Testing

@testable import HTTPServer

@Suite struct ConnectionLimitsTests {
  @Test("connections are limited by address and in all, and make room when they close")
  func limits() {
    let limits = ConnectionLimits(most: 3, mostOfOneAddress: 2)
    let (a, b, c) = (AddressBlock("10.0.0.1"), AddressBlock("10.0.0.2"), AddressBlock("10.0.0.3"))
    #expect(limits.enter(a) && limits.enter(a))
    #expect(!limits.enter(a))
    #expect(limits.enter(b))
    #expect(!limits.enter(c))
    limits.leave(a)
    #expect(limits.enter(c))
    #expect(!limits.enter(a))
  }

  @Test("of IPv6, a /64 is one client; of IPv4, however it is written, an address")
  func blocks() {
    #expect(AddressBlock("2001:db8::1") == AddressBlock("2001:db8::ffff:0:0:2"))
    #expect(AddressBlock("2001:db8::1") != AddressBlock("2001:db8:0:1::1"))
    #expect(AddressBlock("192.0.2.1") == AddressBlock("::ffff:192.0.2.1"))
    #expect(AddressBlock("192.0.2.1") != AddressBlock("192.0.2.2"))
    #expect(AddressBlock("192.0.2.1") != AddressBlock("::c000:201"))
    #expect(AddressBlock(nil as String?) == AddressBlock("nonsense"))
  }
}
