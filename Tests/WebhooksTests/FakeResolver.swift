import Synchronization

@testable import Webhooks

/// Gives the answers of a list, repeating the last one, and remembers the questions.
final class FakeResolver: HostResolver {
  struct Question: Equatable {
    let host: String
    let port: UInt16
  }

  private let answers: [LookUp.Outcome]
  private let asked = Mutex<[(Question, ContinuousClock.Instant)]>([])

  init(_ answers: LookUp.Outcome...) {
    self.answers = answers
  }

  convenience init(addresses: [String]) {
    self.init(.success(addresses.compactMap(IPAddress.init)))
  }

  var questions: [Question] { asked.withLock { $0.map(\.0) } }

  var deadlines: [ContinuousClock.Instant] { asked.withLock { $0.map(\.1) } }

  func resolve(
    host: String, port: UInt16, deadline: ContinuousClock.Instant
  ) async throws(HostResolverError) -> [IPAddress] {
    let index = asked.withLock { asked in
      asked.append((Question(host: host, port: port), deadline))
      return min(asked.count, answers.count) - 1
    }
    return try answers[index].get()
  }
}

extension HostResolver {
  /// Looks a host up, by default with a deadline that only a defect could reach.
  func resolve(
    _ host: String, port: UInt16 = 443, within limit: Duration = .seconds(50)
  ) async throws(HostResolverError) -> [IPAddress] {
    try await resolve(host: host, port: port, deadline: .now + limit)
  }
}
