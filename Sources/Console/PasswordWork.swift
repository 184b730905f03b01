import NIOPosix
import Synchronization

/// Hashing passwords: a tenth of a second and 32 MiB each, on two threads of its own, so that neither
/// requests nor Swift's tasks wait for it, and the memory has a bound.
enum PasswordWork {
  private static let threads = {
    let pool = NIOThreadPool(numberOfThreads: 2)
    pool.start()
    return pool
  }()
  private static let waiting = Atomic<Int>(0)

  /// Jobs under way and waiting; the last would be done within some seconds.
  private static let most = 40

  /// Runs `job` when its turn comes; throws `PageFault.busy` when too many wait.
  static func run<T: Sendable>(_ job: @escaping @Sendable () throws -> T) async throws -> T {
    defer { waiting.subtract(1, ordering: .relaxed) }
    guard waiting.add(1, ordering: .relaxed).newValue <= most else { throw PageFault.busy }
    return try await threads.runIfActive(job)
  }
}
