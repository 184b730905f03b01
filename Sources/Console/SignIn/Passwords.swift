import Cryptography
import Helpdesk
import NIOPosix
import Synchronization

/// Hashes and checks passwords. A hash takes a tenth of a second and 32 MiB, so two dedicated threads
/// compute them: neither requests nor Swift's tasks wait, and the memory is bounded.
///
/// Throws `PageFault.busy` if too many clients are already waiting.
enum Passwords {
  private static let threads = {
    let pool = NIOThreadPool(numberOfThreads: 2)
    pool.start()
    return pool
  }()
  private static let queue = Mutex(PasswordQueue())

  private static func run<T: Sendable>(
    for client: PasswordQueue.Client, _ job: @escaping @Sendable () throws -> T
  ) async throws -> T {
    guard queue.withLock({ $0.enter(client) }) else { throw PageFault.busy }
    defer { queue.withLock { $0.leave(client) } }
    return try await threads.runIfActive(job)
  }

  /// The accounts that the password fits. Without an account, or with an unreadable hash, a hash is
  /// computed anyway, so that the time reveals nothing.
  static func matching(
    _ accounts: [StaffAccount], _ password: String, for client: PasswordQueue.Client
  ) async throws -> [StaffAccount] {
    try await run(for: client) {
      let isUsable = PasswordHash.passwordByteCounts.contains(password.utf8.count)
      let readable = accounts.compactMap { account in
        PasswordHash(phc: account.passwordHash).map { (account: account, hash: $0) }
      }
      guard isUsable, !readable.isEmpty else {
        _ = try PasswordHash.decoy.verify(isUsable ? password : "x")
        return []
      }
      return try readable.filter { try $0.hash.verify(password) }.map(\.account)
    }
  }

  /// The hash of a new password, in PHC string format.
  static func hash(_ password: String, for client: PasswordQueue.Client) async throws -> String {
    try await run(for: client) { try PasswordHash.create(password).phc }
  }

  /// The fault in a new password; nil if there is none.
  static func fault(_ password: String, email: String) -> String? {
    if password.isEmpty { return "Enter a new password." }
    if password.unicodeScalars.count < 12 { return "Use at least 12 characters." }
    if !PasswordHash.passwordByteCounts.contains(password.utf8.count) {
      return "Use at most 1,024 bytes."
    }
    if password.lowercased() == email.lowercased() {
      return "Use something other than your e-mail."
    }
    return nil
  }
}
