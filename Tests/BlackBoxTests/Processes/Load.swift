import Synchronization
import TestSupport

/// Clients that read and write without pause, and their results.
final class Load: Sendable {
  struct Record: Sendable {
    var statuses: [Int: Int] = [:]
    var slowest = Duration.zero
    /// Requests that failed without an answer.
    var failures: [String] = []
    /// When the first success came after `forgetSuccess()`.
    var firstSuccess: ContinuousClock.Instant?

    /// Answers with 2xx.
    var successes: Int { statuses[200, default: 0] + statuses[201, default: 0] }
  }

  private let client: APIClient
  private let state = Mutex(Record())
  private let isOver = Mutex(false)

  init(_ client: APIClient) { self.client = client }

  var record: Record { state.withLock { $0 } }

  func forgetSuccess() { state.withLock { $0.firstSuccess = nil } }

  func stop() { isOver.withLock { $0 = true } }

  /// Reads, or creates conversations, until stopped.
  func run(writes: Bool) async {
    while !isOver.withLock({ $0 }) {
      let start = ContinuousClock.now
      do {
        let answer =
          if writes {
            try await client.post("/chat/conversations", ["visitorName": "Sam"])
          } else {
            try await client.get("/chat/conversations?limit=1")
          }
        note(answer.status, start, .now)
      } catch {
        state.withLock { $0.failures.append("\(error)") }
      }
    }
  }

  private func note(_ status: Int, _ start: ContinuousClock.Instant, _ end: ContinuousClock.Instant)
  {
    state.withLock { record in
      record.statuses[status, default: 0] += 1
      record.slowest = max(record.slowest, end - start)
      if status < 300, record.firstSuccess == nil { record.firstSuccess = end }
    }
  }
}
