import Synchronization

@testable import Webhooks

/// Answers every look-up the same way and remembers what was asked.
final class FakeResolver: HostResolver {
  struct Question: Equatable {
    let host: String
    let port: UInt16
  }

  private let answer: LookUp.Outcome
  private let asked = Mutex<[(Question, ContinuousClock.Instant)]>([])

  init(_ answer: LookUp.Outcome) {
    self.answer = answer
  }

  convenience init(addresses: [String]) {
    self.init(.success(addresses.compactMap(IPAddress.init)))
  }

  var questions: [Question] { asked.withLock { $0.map(\.0) } }
  var deadlines: [ContinuousClock.Instant] { asked.withLock { $0.map(\.1) } }

  func resolve(
    host: String, port: UInt16, deadline: ContinuousClock.Instant
  ) async throws(HostResolverError) -> [IPAddress] {
    asked.withLock { $0.append((Question(host: host, port: port), deadline)) }
    return try answer.get()
  }
}
