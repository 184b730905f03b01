import Testing

@testable import API

@Suite struct ConnectionLimitsTests {
  @Test("connections are limited by address and in all, and make room when they close")
  func limits() {
    let limits = ConnectionLimits(most: 3, mostOfOneAddress: 2)
    #expect(limits.enter("a") && limits.enter("a"))
    #expect(!limits.enter("a"))
    #expect(limits.enter("b"))
    #expect(!limits.enter("c"))
    limits.leave("a")
    #expect(limits.enter("c"))
    #expect(!limits.enter("a"))
  }
}
