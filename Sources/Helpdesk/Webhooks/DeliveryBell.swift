import Postgres
import Synchronization

/// Tells the workers that deliveries are due: by `NOTIFY`, in a transaction of its own that nobody waits
/// for, and once for all events that come while it is under way.
///
/// A lost notification only costs time: workers also look by themselves.
final class DeliveryBell: Sendable {
  private struct State {
    var isRinging = false
    var isDue = false
  }

  private let pool: PostgresPool
  private let state = Mutex(State())

  init(_ pool: PostgresPool) { self.pool = pool }

  private static let notify = Statement(
    "select pg_notify('\(DeliveryStore.channel)', '')::text")

  func ring(if answer: ChangeAnswer) {
    if answer.hasDueDeliveries { ring() }
  }

  private func ring() {
    let starts = state.withLock { state in
      state.isDue = state.isRinging
      defer { state.isRinging = true }
      return !state.isRinging
    }
    if starts { send() }
  }

  private func send() {
    pool.submit(UnitOfWork(.write, Self.notify())) { _ in
      let again = self.state.withLock { state in
        defer { state.isDue = false }
        state.isRinging = state.isDue
        return state.isDue
      }
      if again { self.send() }
    }
  }
}
