import Helpdesk
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

/// Who has passwords hashed or waits for it. Nobody may take all the turns: an account from one address
/// has one, a network a few.
struct PasswordTurns {
  static let most = 40
  static let mostOfNetwork = 4

  struct Asker: Hashable {
    let account: String
    let place: SignInThrottle.Place

    init(account: String, address: String) {
      self.account = account.lowercased()
      place = SignInThrottle.Place(of: address)
    }
  }

  private var askers: Set<Asker> = []

  /// False when the asker has to come again later.
  mutating func enter(_ asker: Asker) -> Bool {
    let ofNetwork = askers.count { $0.place.network == asker.place.network }
    guard askers.count < Self.most, ofNetwork < Self.mostOfNetwork else { return false }
    return askers.insert(asker).inserted
  }

  mutating func leave(_ asker: Asker) { askers.remove(asker) }
}
