import Postgres
import Synchronization

/// Keeps `last_used_at` of keys, at most a minute stale, without making a request wait for the disk:
/// the table is written in the background, at most once in 30 s a key, many keys at a time.
final class KeyUsage: Sendable {
  private struct State {
    var due: [APIKeyID: OrganizationID] = [:]
    var isWriting = false
  }

  private let pool: PostgresPool
  private let state = Mutex(State())

  /// Keys that wait to be written; more are left to their next request.
  private static let limit = 10_000

  init(_ pool: PostgresPool) { self.pool = pool }

  private static let noteUse = Statement(
    calling: "helpdesk.note_key_use", .textArray, .textArray)

  func note(_ principal: Principal) {
    let starts = state.withLock { state in
      guard state.due.count < Self.limit else { return false }
      state.due[principal.key] = principal.organization
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if starts { write() }
  }

  private func write() {
    let due = state.withLock { state in
      defer { state.due = [:] }
      if state.due.isEmpty { state.isWriting = false }
      return state.due
    }
    guard !due.isEmpty else { return }
    // In one order everywhere, so that two servers cannot deadlock.
    let keys = due.sorted { $0.key.rawValue < $1.key.rawValue }
    pool.submit(
      UnitOfWork(
        .write,
        Self.noteUse(
          .textArray(keys.map(\.value.rawValue)), .textArray(keys.map(\.key.rawValue))))
    ) { _ in
      // A failure is counted by the pool; the key's next request notes it again.
      self.write()
    }
  }
}
