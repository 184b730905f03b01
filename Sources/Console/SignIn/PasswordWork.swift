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
  private static let turns = Mutex(PasswordTurns())

  /// Runs `job` when its turn comes; throws `PageFault.busy` when too many wait already.
  static func run<T: Sendable>(
    for asker: PasswordTurns.Asker, _ job: @escaping @Sendable () throws -> T
  ) async throws -> T {
    guard turns.withLock({ $0.enter(asker) }) else { throw PageFault.busy }
    defer { turns.withLock { $0.leave(asker) } }
    return try await threads.runIfActive(job)
  }
}
