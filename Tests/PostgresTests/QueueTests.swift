import Testing

@testable import Postgres

@Suite("Queue") struct QueueTests {
  @Test("first in, first out, whatever the rhythm", arguments: [1, 2, 3, 63, 64, 65, 200, 1000])
  func order(_ burst: Int) {
    var queue = Queue<Int>()
    var (next, expected) = (0, 0)
    for _ in 0..<10 {
      for _ in 0..<burst {
        queue.append(next)
        next += 1
      }
      for _ in 0..<(burst * 2 / 3) {
        #expect(queue.first == expected)
        #expect(queue.popFirst() == expected)
        expected += 1
      }
      #expect(queue.count == next - expected)
    }
    while let element = queue.popFirst() {
      #expect(element == expected)
      expected += 1
    }
    #expect(expected == next)
    #expect(queue.isEmpty)
    #expect(queue.first == nil)
    #expect(queue.count == 0)
  }

  @Test("its first element is changed in place") func modify() {
    var queue = Queue<String>()
    queue.modifyFirst { $0 = "none" }
    #expect(queue.isEmpty)
    queue.append("a")
    queue.append("b")
    queue.popFirst()
    queue.modifyFirst { $0 += "!" }
    #expect(queue.popFirst() == "b!")
  }
}
