import Synchronization

/// Combines equal work that many callers want at once into fewer, larger units of work.
///
/// While as many units as there are `lanes` are under way, inputs wait and are then sent together, so
/// that a lone caller waits for nobody and a crowd shares round trips.
public final class Fold<Input: Sendable, Output: Sendable>: Sendable {
  private struct Waiter {
    let input: Input
    let deadline: UInt64
    let resume: @Sendable (Result<Output, PostgresError>) -> Void
  }

  private struct State {
    var waiting: [Waiter] = []
    var underWay = 0
  }

  /// Nanoseconds that a unit has at least.
  private static var leastTime: UInt64 { 500_000_000 }

  private let pool: PostgresPool
  private let lanes: Int
  private let largest: Int
  private let limit: Int
  private let unit: @Sendable ([Input]) -> UnitOfWork
  private let split: @Sendable ([Input], [Rows]) throws(PostgresError) -> [Output]
  private let state = Mutex(State())

  /// - Parameters:
  ///   - lanes: units under way at once
  ///   - largest: inputs in one unit
  ///   - limit: inputs that may wait; one more gets `queueFull`
  ///   - unit: makes one unit of many inputs
  ///   - split: gives each input its output, in the inputs' order
  public init(
    _ pool: PostgresPool, lanes: Int = 1, largest: Int = 64, limit: Int = 4096,
    unit: @escaping @Sendable ([Input]) -> UnitOfWork,
    split: @escaping @Sendable ([Input], [Rows]) throws(PostgresError) -> [Output]
  ) {
    self.pool = pool
    self.lanes = lanes
    self.largest = largest
    self.limit = limit
    self.unit = unit
    self.split = split
  }

  /// Inputs that wait for a lane.
  var waiting: Int { state.withLock { $0.waiting.count } }

  /// Waits for this input's output.
  public func callAsFunction(_ input: Input) async throws(PostgresError) -> Output {
    let result: Result<Output, PostgresError> = await withUnsafeContinuation { continuation in
      add(
        Waiter(input: input, deadline: pool.deadline) { continuation.resume(returning: $0) })
    }
    return try result.get()
  }

  private enum Next { case wait, refuse, send }

  private func add(_ waiter: Waiter) {
    let next: Next = state.withLock { state in
      if state.underWay < lanes {
        state.underWay += 1
        return .send
      }
      guard state.waiting.count < limit else { return .refuse }
      state.waiting.append(waiter)
      return .wait
    }
    switch next {
    case .wait: break
    case .refuse: waiter.resume(.failure(.queueFull))
    case .send: send([waiter])
    }
  }

  private func send(_ waiters: [Waiter]) {
    let inputs = waiters.map(\.input)
    let deadline = waiters.map(\.deadline).min() ?? 0
    pool.submit(unit(inputs), deadline: deadline) { result in
      // The next batch goes out before this one's callers are woken.
      if let next = self.next() { self.send(next) }
      let outputs = result.flatMap { rows in
        Result { () throws(PostgresError) in try self.split(inputs, rows) }
      }
      switch outputs {
      case .success(let outputs) where outputs.count != waiters.count:
        let error = PostgresError.decoding(
          column: "#0", expected: "\(waiters.count) outputs, not \(outputs.count)")
        for waiter in waiters { waiter.resume(.failure(error)) }
      case .success(let outputs):
        for (waiter, output) in zip(waiters, outputs) { waiter.resume(.success(output)) }
      case .failure(let error):
        for waiter in waiters { waiter.resume(.failure(error)) }
      }
    }
  }

  /// The next batch, or nil when the lane is free. A batch has the deadline of its first; who has waited
  /// so long that little is left must not take the others' time along.
  private func next() -> [Waiter]? {
    let now = monotonicNanoseconds() + Self.leastTime
    let (late, batch) = state.withLock { state in
      let onTime = state.waiting.firstIndex { $0.deadline > now } ?? state.waiting.endIndex
      let late = Array(state.waiting[..<onTime])
      let batch = Array(state.waiting[onTime...].prefix(largest))
      state.waiting.removeFirst(late.count + batch.count)
      if batch.isEmpty { state.underWay -= 1 }
      return (late, batch)
    }
    for waiter in late { waiter.resume(.failure(.timeout(mayHaveRun: false))) }
    return batch.isEmpty ? nil : batch
  }
}
