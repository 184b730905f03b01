import Synchronization

/// The last requests and answers of a test, for its failures to show.
public final class Transcript: Sendable {
  @TaskLocal public static var current: Transcript?

  private let exchanges = Mutex<[String]>([])

  public init() {}

  /// Notes an exchange of the running test.
  public static func note(_ exchange: some CustomStringConvertible) {
    current?.exchanges.withLock { $0 = $0.suffix(2) + [exchange.description] }
  }

  public var text: String { exchanges.withLock { $0.joined(separator: "\n") } }
}
