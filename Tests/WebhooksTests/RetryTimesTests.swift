import Testing

@testable import Webhooks

@Suite("Times of retries") struct RetryTimesTests {
  @Test("come in order, whatever order they were told in, and are forgotten when over")
  func order() {
    var times = RetryTimes()
    let start = ContinuousClock.now
    #expect(times.next(after: start) == nil)
    for second in [5, 1, 3, 3, 2] { times.insert(start + .seconds(second)) }
    #expect(times.next(after: start) == start + .seconds(1))
    #expect(times.next(after: start + .seconds(1)) == start + .seconds(2))
    #expect(times.next(after: start + .milliseconds(2500)) == start + .seconds(3))
    #expect(times.next(after: start + .seconds(4)) == start + .seconds(5))
    #expect(times.next(after: start + .seconds(9)) == nil)
  }

  @Test("are not kept without bound")
  func bound() {
    var times = RetryTimes()
    let start = ContinuousClock.now
    for second in 1...(2 * RetryTimes.most) { times.insert(start + .seconds(second)) }
    #expect(times.next(after: start + .seconds(RetryTimes.most)) == nil)
  }
}
