import Synchronization

@testable import Observability

/// Keeps the lines it is given.
final class CollectingDestination: LogDestination {
  private let kept = Mutex<[String]>([])

  var lines: [String] { kept.withLock { $0 } }

  func emit(_ line: String) {
    kept.withLock { $0.append(line) }
  }
}
