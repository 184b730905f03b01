import Synchronization

@testable import Webhooks

/// Answers when told to, and at once from then on.
final class GatedResolver: HostResolver {
  private struct State {
    var questions: [String] = []
    var waiting: [CheckedContinuation<Void, Never>] = []
    var isOpen = false
  }

  private let answer: LookUp.Outcome
  private let state = Mutex(State())

  init(_ answer: LookUp.Outcome) { self.answer = answer }

  var questions: [String] { state.withLock { $0.questions } }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func resolve(
    host: String, port: UInt16, deadline: ContinuousClock.Instant
  ) async throws(HostResolverError) -> [IPAddress] {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        state.questions.append(host)
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
    return try answer.get()
  }
}
