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

  @Test(
    "a /64 of IPv6 is one client and a /48 its network; of IPv4, an address in any form and a /24",
    arguments: [
      ("2001:db8::1", "2001:db8::ffff:0:0:2", true, true),
      ("2001:db8::1", "2001:db8:0:1::1", false, true),
      ("2001:db8::1", "2001:db8:1::1", false, false),
      ("192.0.2.1", "192.0.2.2", false, true), ("192.0.2.1", "192.0.3.1", false, false),
      ("192.0.2.1", "::ffff:192.0.2.1", true, true), ("192.0.2.1", "::c000:201", false, false),
      ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false, true), ("", "nonsense", true, true),
    ])
  func blocks(one: String, other: String, isSameBlock: Bool, isSameNetwork: Bool) {
    let blocks = (AddressBlock(one), AddressBlock(other))
    #expect((blocks.0 == blocks.1) == isSameBlock)
    #expect((blocks.0.text == blocks.1.text) == isSameBlock)
    #expect((blocks.0.network == blocks.1.network) == isSameNetwork)
  }
}
