import Helpdesk
import Testing

@testable import Webhooks

@Suite("Concurrency of deliveries") struct ConcurrencyTests {
  private let endpoint = EndpointID("c000000000000000000000001") ?? .ofNothing
  private let other = EndpointID("c000000000000000000000002") ?? .ofNothing

  @Test("a window opens with successes up to its limit and is halved by failures down to one")
  func window() {
    var concurrency = Concurrency()
    func end(_ isGood: Bool?) { _ = concurrency.end(endpoint, isGood: isGood) }
    #expect(concurrency.room(of: endpoint) == 4)
    for _ in 0..<100 { concurrency.start(endpoint) }
    #expect(concurrency.room(of: endpoint) == 0)
    for _ in 0..<30 { end(true) }
    #expect(concurrency.loads.map(\.underWay) == [70])
    #expect(concurrency.room(of: endpoint) == 0)
    for _ in 0..<69 { end(true) }
    #expect(concurrency.loads.map(\.underWay) == [1])
    #expect(concurrency.room(of: endpoint) == 63)
    concurrency.start(endpoint)
    end(false)
    #expect(concurrency.room(of: endpoint) == 31)
    for _ in 0..<9 {
      concurrency.start(endpoint)
      end(false)
    }
    #expect(concurrency.room(of: endpoint) == 0)
    #expect(concurrency.room(of: other) == 4)
    end(nil)
    #expect(concurrency.room(of: endpoint) == 1)
  }

  @Test("an endpoint with nothing under way is forgotten unless it has failed")
  func forgetting() {
    var concurrency = Concurrency()
    for isGood in [true, nil, false] {
      concurrency.start(endpoint)
      concurrency.forgetIdle()
      #expect(concurrency.loads.count == 1)
      _ = concurrency.end(endpoint, isGood: isGood)
      concurrency.forgetIdle()
      #expect(concurrency.loads.count == (isGood == false ? 1 : 0))
    }
    for number in 0..<(2 * Concurrency.mostLanes) {
      let endpoint = EndpointID(
        String("c\(1_000_000 + number)0000000000000000000000000".prefix(25)))
      concurrency.start(endpoint ?? .ofNothing)
      _ = concurrency.end(endpoint ?? .ofNothing, isGood: false)
    }
    #expect(concurrency.loads.count <= Concurrency.mostLanes)
  }

  @Test("places are taken until results are recorded")
  func places() {
    var concurrency = Concurrency()
    for _ in 0..<Concurrency.places { concurrency.start(endpoint) }
    #expect(concurrency.free == 0)
    _ = concurrency.end(endpoint, isGood: true)
    #expect(concurrency.free == 0)
    let one = concurrency.leave()
    #expect(!one)
    #expect(concurrency.free == 1)
    let worthWhile = (0..<100).filter { _ in concurrency.leave() }
    #expect(worthWhile == [62])
  }

  @Test("claiming again is worth while when a quarter of the window is free, or all of it")
  func worth() {
    var concurrency = Concurrency()
    for _ in 0..<64 { concurrency.start(endpoint) }
    var calls = 0
    while !concurrency.end(endpoint, isGood: true) { calls += 1 }
    #expect(concurrency.room(of: endpoint) >= 8)
    #expect(calls > 8)
    concurrency.start(other)
    let last = concurrency.end(other, isGood: false)
    #expect(last)
  }
}
