import Synchronization

/// One look-up under way. It ends once, with its answer, at the deadline, or by cancellation, whichever
/// comes first.
final class LookUp: Sendable {
  typealias Outcome = Result<[IPAddress], HostResolverError>

  private enum State {
    case running
    case awaited(CheckedContinuation<Outcome, Never>)
    case ended(Outcome)
  }

  private let state = Mutex(State.running)

  /// Ends the look-up; does nothing if it has already ended.
  func end(_ outcome: Outcome) {
    let waiter: CheckedContinuation<Outcome, Never>? = state.withLock { state in
      switch state {
      case .running:
        state = .ended(outcome)
        return nil
      case .awaited(let waiter):
        state = .ended(outcome)
        return waiter
      case .ended:
        return nil
      }
    }
    waiter?.resume(returning: outcome)
  }

  /// The look-up's outcome: `timedOut` at the deadline, `cancelled` if the task is. Only one task may
  /// wait.
  func outcome(by deadline: ContinuousClock.Instant) async -> Outcome {
    let timer = Task {
      try? await Task.sleep(until: deadline, clock: .continuous)
      self.end(.failure(.timedOut))
    }
    defer { timer.cancel() }
    return await withTaskCancellationHandler {
      await outcome
    } onCancel: {
      end(.failure(.cancelled))
    }
  }

  private var outcome: Outcome {
    get async {
      await withCheckedContinuation { continuation in
        let outcome: Outcome? = state.withLock { state in
          if case .ended(let outcome) = state { return outcome }
          state = .awaited(continuation)
          return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
      }
    }
  }
}
