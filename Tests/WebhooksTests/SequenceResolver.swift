import Synchronization

@testable import Webhooks

/// Answers each look-up differently, the last ones alike.
final class SequenceResolver: HostResolver {
  private let answers: Mutex<[LookUp.Outcome]>

  init(_ answers: [LookUp.Outcome]) { self.answers = Mutex(answers) }

  func resolve(
    host: String, port: UInt16, deadline: ContinuousClock.Instant
  ) async throws(HostResolverError) -> [IPAddress] {
    let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first }
    return try (answer ?? .failure(.notFound)).get()
  }
}
