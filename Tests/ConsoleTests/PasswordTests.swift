import Cryptography
import HTTPTypes
import Testing

@testable import Console

@Suite struct PasswordTests {
  private func client(_ account: String, _ address: String = "192.0.2.1") -> PasswordQueue.Client {
    PasswordQueue.Client(account: account, address: address)
  }

  @Test("An account has one slot for hashing, a network a few, all together some dozens")
  func queue() {
    var queue = PasswordQueue()
    func enter(_ client: PasswordQueue.Client) -> Bool { queue.enter(client) }
    let first = client("A@b.example")
    #expect(enter(first))
    #expect(!enter(client("a@b.example")))
    for index in 1..<PasswordQueue.mostOfNetwork {
      #expect(enter(client("\(index)@b.example", "192.0.2.\(index)")))
    }
    #expect(!enter(client("new@b.example")))
    // The same account has a slot for another network.
    #expect(enter(client("a@b.example", "198.51.100.1")))
    queue.leave(first)
    #expect(enter(client("new@b.example")))
    var entered = PasswordQueue.mostOfNetwork + 1
    for index in 0..<PasswordQueue.most where enter(client("x", "203.0.\(index).1")) {
      entered += 1
    }
    #expect(entered == PasswordQueue.most)
  }

  @Test("While a password of an account is checked, a second one is not")
  func busy() async throws {
    let client = client("busy@b.example")
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          do {
            _ = try await Passwords.matching([], "x", for: client)
            return true
          } catch let fault as PageFault {
            #expect(fault.status == .serviceUnavailable)
            #expect(fault.headers[.retryAfter] == "5")
            return false
          }
        }
      }
      let checked = try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      #expect((1..<8).contains(checked))
    }
    // The slot is free again.
    _ = try await Passwords.matching([], "x", for: client)
  }

  @Test("Without an account a password takes as long as with one")
  func work() async throws {
    let clock = ContinuousClock()
    var hashes: [Duration] = []
    for _ in 0..<3 { hashes.append(try clock.measure { _ = try PasswordHash.create("x") }) }
    let shortest = try #require(hashes.min())
    for password in ["wrong", "", String(repeating: "x", count: 2000)] {
      let start = clock.now
      #expect(try await Passwords.matching([], password, for: client("nobody")).isEmpty)
      let time = clock.now - start
      #expect(time >= shortest / 2)
    }
  }

  @Test(
    "A refusal takes a whole number of steps, however long the queue was",
    arguments: [(0, 600), (1, 600), (600, 600), (601, 1200), (1300, 1800)])
  func refusal(elapsed: Int, expected: Int) {
    #expect(
      SignInPages.refusalTime(after: .milliseconds(elapsed)) == .milliseconds(expected))
  }
}
