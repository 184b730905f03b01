import Testing

@testable import Helpdesk
@testable import Webhooks

@Suite("Concurrency of deliveries") struct ConcurrencyTests {
  private func delivery(_ endpoint: Int = 1, failed: Int = 0, bytes: Int = 100) -> Delivery {
    .sample(
      to: EndpointID(String("c\(1_000_000 + endpoint)00000000000000000".prefix(25)))
        ?? .ofNothing,
      failed: failed, body: String(repeating: "x", count: bytes))
  }

  private func room(_ concurrency: Concurrency) -> [Int] { concurrency.limits.loads.map(\.room) }

  @Test("a window opens with successes up to its limit and is halved by failures down to one")
  func window() {
    var concurrency = Concurrency()
    func end(_ isGood: Bool?) { _ = concurrency.end(delivery(), isGood: isGood) }
    #expect(concurrency.hasRoom(for: delivery()))
    for _ in 0..<100 { concurrency.start(delivery()) }
    #expect(room(concurrency) == [0])
    for _ in 0..<30 { end(true) }
    #expect(concurrency.limits.loads.map(\.underWay) == [70])
    #expect(room(concurrency) == [0])
    for _ in 0..<69 { end(true) }
    #expect(room(concurrency) == [63])
    end(false)
    #expect(room(concurrency) == [32])
    for _ in 0..<9 {
      concurrency.start(delivery())
      end(false)
    }
    #expect(room(concurrency) == [1])
    concurrency.start(delivery())
    #expect(!concurrency.hasRoom(for: delivery()))
    #expect(concurrency.hasRoom(for: delivery(2)))
    end(nil)
    #expect(room(concurrency) == [1])
  }

  @Test("retries have room of their own")
  func retries() {
    var concurrency = Concurrency()
    for _ in 0..<4 { concurrency.start(delivery()) }
    #expect(!concurrency.hasRoom(for: delivery()))
    for _ in 0..<Concurrency.retries {
      #expect(concurrency.hasRoom(for: delivery(failed: 1)))
      concurrency.start(delivery(failed: 1))
    }
    #expect(!concurrency.hasRoom(for: delivery(failed: 1)))
    _ = concurrency.end(delivery(failed: 2), isGood: false)
    #expect(concurrency.hasRoom(for: delivery(failed: 1)))
    #expect(!concurrency.hasRoom(for: delivery()))
  }

  @Test("failing and unknown endpoints take a part of the slots")
  func standings() {
    var concurrency = Concurrency()
    for endpoint in 0..<100 {
      for _ in 0..<4 { concurrency.start(delivery(endpoint)) }
    }
    #expect(concurrency.limits.all == Concurrency.slots - 400)
    #expect(concurrency.limits.ofStanding[.unknown] == 0)
    #expect(concurrency.limits.ofOne == 1)
    #expect(room(concurrency).allSatisfy { $0 == 0 })
    #expect(concurrency.limits.ofStanding[.failing] == 112)
    for endpoint in 0..<40 { _ = concurrency.end(delivery(endpoint), isGood: false) }
    #expect(concurrency.limits.ofStanding[.failing] == 8)
    #expect(concurrency.limits.ofStanding[.unknown] == 16)
    for endpoint in 0..<40 { _ = concurrency.end(delivery(endpoint), isGood: true) }
    #expect(concurrency.limits.ofStanding[.failing] == 112)
    #expect(concurrency.limits.ofStanding[.proven] == 112)
  }

  @Test("an endpoint with nothing under way is forgotten unless it has failed")
  func forgetting() {
    var concurrency = Concurrency()
    for isGood in [true, nil, false] {
      concurrency.start(delivery())
      concurrency.forgetIdle()
      #expect(concurrency.limits.loads.count == 1)
      _ = concurrency.end(delivery(), isGood: isGood)
      concurrency.forgetIdle()
      #expect(concurrency.limits.loads.count == (isGood == false ? 1 : 0))
    }
    for endpoint in 0..<(2 * Concurrency.mostLanes) {
      concurrency.start(delivery(endpoint))
      _ = concurrency.end(delivery(endpoint), isGood: false)
    }
    #expect(concurrency.limits.loads.count <= Concurrency.mostLanes)
  }

  @Test("slots are taken until results are recorded, and claiming waits for some to be free")
  func slots() {
    var concurrency = Concurrency()
    for _ in 0..<Concurrency.slots { concurrency.start(delivery()) }
    #expect(concurrency.free == 0)
    _ = concurrency.end(delivery(), isGood: true)
    #expect(concurrency.free == 0)
    let worthWhile = (1...100).filter { _ in concurrency.leave(delivery()) }
    #expect(worthWhile == [64])
    #expect(concurrency.free == 100)
  }

  @Test("bodies in hand are bounded")
  func bytes() {
    var concurrency = Concurrency()
    let large = delivery(bytes: 1 << 20)
    #expect(concurrency.limits.bytes == Concurrency.claimBytes)
    for _ in 0..<63 { concurrency.start(large) }
    #expect(concurrency.limits.bytes == 1 << 20)
    concurrency.start(large)
    #expect(concurrency.limits.all == 0)
    let worthWhile = (1...20).filter { _ in concurrency.leave(large) }
    #expect(worthWhile == [16])
  }

  @Test("claiming again is worth while when a quarter of the window is free, or all of it")
  func worth() {
    var concurrency = Concurrency()
    for _ in 0..<64 { concurrency.start(delivery()) }
    var calls = 0
    while !concurrency.end(delivery(), isGood: true) { calls += 1 }
    #expect(calls > 8)
    concurrency.start(delivery(2))
    let last = concurrency.end(delivery(2), isGood: false)
    #expect(last)
  }
}
