import Synchronization

/// Wakes one task that waits for work. Ringing while nobody waits is remembered once.
final class Alarm: Sendable {
  private enum State {
    case quiet
    case rung
    case awaited(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.quiet)

  func ring() {
    let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
      guard case .awaited(let waiter) = state else {
        state = .rung
        return nil
      }
      state = .quiet
      return waiter
    }
    waiter?.resume()
  }

  /// Waits until it rings, for at most `limit`, and not once the task is cancelled. One task at a time.
  func wait(_ limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Throws when it has rung; then one more ring would wake the next wait for nothing.
        do { try await Task.sleep(for: limit) } catch { return }
        self.ring()
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { listen($0) }
      } onCancel: {
        self.ring()
      }
      group.cancelAll()
    }
  }

  private func listen(_ waiter: CheckedContinuation<Void, Never>) {
    let isRung = state.withLock { state in
      if case .rung = state {
        state = .quiet
        return true
      }
      state = .awaited(waiter)
      return false
    }
    if isRung { waiter.resume() }
  }
}
