import Cryptography
import HTTPTypes
import Testing

@testable import Console

@Suite struct PasswordTests {
  private func asker(_ account: String, _ address: String = "192.0.2.1") -> PasswordTurns.Asker {
    PasswordTurns.Asker(account: account, address: address)
  }

  @Test("an account has one password hashed at a time, a network a few, all together some dozens")
  func turns() {
    var turns = PasswordTurns()
    func enter(_ asker: PasswordTurns.Asker) -> Bool { turns.enter(asker) }
    let first = asker("A@b.example")
    #expect(enter(first))
    #expect(!enter(asker("a@b.example")))
    for index in 1..<PasswordTurns.mostOfNetwork {
      #expect(enter(asker("\(index)@b.example", "192.0.2.\(index)")))
    }
    #expect(!enter(asker("new@b.example")))
    // The same account elsewhere is kept out by nobody here.
    #expect(enter(asker("a@b.example", "198.51.100.1")))
    turns.leave(first)
    #expect(enter(asker("new@b.example")))
    var entered = PasswordTurns.mostOfNetwork + 1
    for index in 0..<PasswordTurns.most where enter(asker("x", "203.0.\(index).1")) {
      entered += 1
    }
    #expect(entered == PasswordTurns.most)
  }

  @Test("a second password of an account is not looked at while the first is")
  func busy() async throws {
    let asker = asker("busy@b.example")
    try await PasswordWork.run(for: asker) {}
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          do {
            _ = try await PasswordCheck.matching([], "x", for: asker)
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
    // The turn was given back.
    try await PasswordWork.run(for: asker) {}
  }

  @Test("where there is no account a password takes as long as where there is one")
  func work() async throws {
    let clock = ContinuousClock()
    var hashes: [Duration] = []
    for _ in 0..<3 { hashes.append(try clock.measure { _ = try PasswordHash.create("x") }) }
    let shortest = try #require(hashes.min())
    for password in ["wrong", "", String(repeating: "x", count: 2000)] {
      let start = clock.now
      #expect(try await PasswordCheck.matching([], password, for: asker("nobody")).isEmpty)
      let time = clock.now - start
      #expect(time >= shortest / 2)
    }
  }

  @Test(
    "a refusal takes a whole number of steps, however long the queue was",
    arguments: [(0, 600), (1, 600), (600, 600), (601, 1200), (1300, 1800)])
  func refusal(elapsed: Int, expected: Int) {
    #expect(
      SignInPages.refusalTime(after: .milliseconds(elapsed)) == .milliseconds(expected))
  }
}
