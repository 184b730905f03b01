import Synchronization

/// The last requests and answers of a test, for its failures to show.
final class Transcript: Sendable {
  @TaskLocal static var current: Transcript?

  private let answers = Mutex<[any CustomStringConvertible & Sendable]>([])

  /// Notes an exchange of the running test.
  static func note(_ exchange: some CustomStringConvertible & Sendable) {
    current?.answers.withLock { answers in
      answers.append(exchange)
      if answers.count > 3 { answers.removeFirst() }
    }
  }

  var text: String {
    let last = answers.withLock { $0 }
    return last.isEmpty ? "no exchange yet" : last.map(\.description).joined(separator: "\n")
  }
}
