import TestSupport
import Testing

@testable import API

@Suite struct KeyThrottleTests {
  private let throttle = KeyThrottle()
  private let start = ContinuousClock.now
  private let address = "192.0.2.1"

  /// The hash of a unique key.
  private func hash(_ number: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: UInt64(truncatingIfNeeded: number))
    return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// As many unknown keys as an address may send, and one more.
  private func exhaust(_ address: String, first: Int = 0) {
    for number in 0...KeyThrottle.budget {
      #expect(throttle.retryAfter(hash(first + number), from: address, at: start) == nil)
      throttle.noteUnknown(hash(first + number), from: address, at: start)
    }
  }

  @Test("an address over its budget waits for the rest of the minute, and others do not")
  func budget() {
    exhaust(address)
    throttle.noteUnknown(hash(0), from: address, at: start)
    let later = start + .seconds(20)
    #expect(throttle.retryAfter(hash(0), from: address, at: later) == 41)
    #expect(throttle.retryAfter(hash(0), from: "192.0.2.2", at: later) == nil)
    #expect(throttle.retryAfter(hash(0), from: nil, at: later) == nil)
    #expect(throttle.retryAfter(hash(0), from: address, at: start + .seconds(60)) == nil)
  }

  @Test("a client that waits as long as it is told is looked up again", arguments: [0, 1, 27, 59])
  func waiting(seconds: Int) throws {
    exhaust(address)
    throttle.noteUnknown(hash(0), from: address, at: start)
    let now = start + .seconds(seconds) + .milliseconds(seconds * 13)
    let wait = try #require(throttle.retryAfter(hash(0), from: address, at: now))
    #expect(wait >= 1)
    #expect(throttle.retryAfter(hash(0), from: address, at: now + .seconds(wait)) == nil)
  }

  @Test("a key that was admitted still works from an address over its budget, until it is revoked")
  func admitted() {
    let good = hash(-1)
    throttle.noteKnown(good)
    exhaust(address)
    for _ in 0..<1000 { #expect(throttle.retryAfter(good, from: address, at: start) == nil) }
    throttle.noteUnknown(good, from: address, at: start)
    #expect(throttle.retryAfter(good, from: address, at: start) != nil)
  }

  @Test("a few new keys are looked up each second, however often a known bad one is sent")
  func newKeys() {
    exhaust(address)
    throttle.noteUnknown(hash(7), from: address, at: start)
    for second in 0..<3 {
      let now = start + .seconds(second)
      for _ in 0..<1000 { #expect(throttle.retryAfter(hash(7), from: address, at: now) != nil) }
      let waits = (0..<50).map { throttle.retryAfter(hash(10_000 + $0), from: address, at: now) }
      #expect(waits.prefix(KeyThrottle.newKeys).allSatisfy { $0 == nil })
      #expect(waits.dropFirst(KeyThrottle.newKeys).allSatisfy { $0 == 1 })
    }
  }

  @Test("an IPv6 network counts as one address")
  func networks() {
    for number in 0...KeyThrottle.budget {
      throttle.noteUnknown(hash(number), from: "2001:db8::\(number)", at: start)
    }
    #expect(throttle.retryAfter(hash(0), from: "2001:db8::ffff:1", at: start) != nil)
    #expect(throttle.retryAfter(hash(0), from: "2001:db8:0:1::1", at: start) == nil)
  }

  @Test("a crowd of addresses with a few bad keys each does not wait, and hides none with many")
  func crowd() {
    exhaust(address)
    for number in 0..<20_000 {
      let other = "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"
      throttle.noteUnknown(hash(number % 300), from: other, at: start)
      #expect(throttle.retryAfter(hash(0), from: other, at: start) == nil)
    }
    let lookedUp = (0..<1000).filter { number in
      guard throttle.retryAfter(hash(number), from: address, at: start) == nil else { return false }
      throttle.noteUnknown(hash(number), from: address, at: start)
      return true
    }
    #expect(lookedUp.count < 100)
  }
}
