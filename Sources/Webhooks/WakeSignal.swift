import Synchronization

/// Wakes one task that waits for work. A signal sent while no task waits is remembered once.
final class WakeSignal: Sendable {
  private enum State {
    case idle
    case sent
    case awaited(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.idle)

  func send() {
    let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
      guard case .awaited(let waiter) = state else {
        state = .sent
        return nil
      }
      state = .idle
      return waiter
    }
    waiter?.resume()
  }

  /// Waits for a signal, for at most `limit`, and not once the task is cancelled. One task at a time.
  func wait(_ limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // The sleep throws if the signal came first; another signal would end the next wait for nothing.
        do { try await Task.sleep(for: limit) } catch { return }
        self.send()
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { listen($0) }
      } onCancel: {
        self.send()
      }
      group.cancelAll()
    }
  }

  private func listen(_ waiter: CheckedContinuation<Void, Never>) {
    let isSent = state.withLock { state in
      if case .sent = state {
        state = .idle
        return true
      }
      state = .awaited(waiter)
      return false
    }
    if isSent { waiter.resume() }
  }
}
