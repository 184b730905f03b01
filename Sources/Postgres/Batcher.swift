public import Synchronization

/// Sends the inputs of many callers in batches, each of which is one unit of work.
///
/// While a unit is under way, inputs wait and are then sent together, so that a lone caller waits for
/// nobody and a crowd shares round trips.
// Inlinable: code specialized for its types costs a fraction of the generic code.
public final class Batcher<Input: Sendable, Output: Sendable>: Sendable {
  @usableFromInline typealias Caller = UnsafeContinuation<Result<Output, PostgresError>, Never>

  @usableFromInline struct Waiter: Sendable {
    @usableFromInline let input: Input
    @usableFromInline let deadline: UInt64
    @usableFromInline let caller: Caller

    @inlinable init(_ input: Input, deadline: UInt64, _ caller: Caller) {
      self.input = input
      self.deadline = deadline
      self.caller = caller
    }
  }

  @usableFromInline struct State {
    @usableFromInline var waiting: [Waiter] = []
    @usableFromInline var isUnderWay = false

    @inlinable init() {}
  }

  /// The least duration of a unit, in nanoseconds.
  @usableFromInline static var leastTime: UInt64 { 500_000_000 }

  @usableFromInline let pool: PostgresPool
  @usableFromInline let largest: Int
  @usableFromInline let limit: Int
  @usableFromInline let unit: @Sendable ([Input]) -> UnitOfWork
  @usableFromInline let split: @Sendable ([Input], [Rows]) throws(PostgresError) -> [Output]
  @usableFromInline let state = Mutex(State())

  /// - Parameters:
  ///   - largest: the most inputs in one unit
  ///   - limit: the most inputs that may wait; one more fails with `queueFull`
  ///   - unit: makes one unit from many inputs
  ///   - split: gives each input its output, in the inputs' order
  @inlinable
  public init(
    _ pool: PostgresPool, largest: Int = 64, limit: Int = 4096,
    unit: @escaping @Sendable ([Input]) -> UnitOfWork,
    split: @escaping @Sendable ([Input], [Rows]) throws(PostgresError) -> [Output]
  ) {
    self.pool = pool
    self.largest = largest
    self.limit = limit
    self.unit = unit
    self.split = split
  }

  /// Inputs that are waiting for a unit.
  var waiting: Int { state.withLock { $0.waiting.count } }

  /// Waits for this input's output.
  @inlinable
  public func callAsFunction(_ input: Input) async throws(PostgresError) -> Output {
    let result: Result<Output, PostgresError> = await withUnsafeContinuation { caller in
      add(Waiter(input, deadline: pool.deadline, caller))
    }
    return try result.get()
  }

  @usableFromInline enum Next { case wait, refuse, send }

  @inlinable
  func add(_ waiter: Waiter) {
    let next: Next = state.withLock { state in
      guard state.waiting.count < limit else { return .refuse }
      state.waiting.append(waiter)
      defer { state.isUnderWay = true }
      return state.isUnderWay ? .wait : .send
    }
    switch next {
    case .wait: break
    case .refuse: waiter.caller.resume(returning: .failure(.queueFull))
    // Inputs that arrive while the thread wakes up join the batch.
    case .send: pool.whenAwake { self.sendNext() }
    }
  }

  @inlinable
  func sendNext() {
    if let batch = next() { send(batch) }
  }

  @inlinable
  func send(_ waiters: [Waiter]) {
    var (inputs, deadline) = ([Input](), UInt64.max)
    inputs.reserveCapacity(waiters.count)
    for waiter in waiters {
      inputs.append(waiter.input)
      deadline = min(deadline, waiter.deadline)
    }
    pool.submit(unit(inputs), deadline: deadline) { [inputs] result in
      // The next batch goes out before this one's callers are woken.
      self.sendNext()
      do throws(PostgresError) {
        let outputs = try self.split(inputs, try result.get())
        guard outputs.count == waiters.count else {
          throw .decoding(column: "#0", expected: "\(waiters.count) outputs, not \(outputs.count)")
        }
        for index in waiters.indices {
          waiters[index].caller.resume(returning: .success(outputs[index]))
        }
      } catch {
        for waiter in waiters { waiter.caller.resume(returning: .failure(error)) }
      }
    }
  }

  /// The next batch, if any input is waiting. A batch has the earliest deadline of its inputs: an input
  /// with little time left fails at once, since it would shorten the time of the others.
  @inlinable
  func next() -> [Waiter]? {
    let now = monotonicNanoseconds() + Self.leastTime
    let (late, batch) = state.withLock { state in
      let onTime = state.waiting.firstIndex { $0.deadline > now } ?? state.waiting.endIndex
      let late = Array(state.waiting[..<onTime])
      let batch = Array(state.waiting[onTime...].prefix(largest))
      state.waiting.removeFirst(late.count + batch.count)
      state.isUnderWay = !batch.isEmpty
      return (late, batch)
    }
    for waiter in late { waiter.caller.resume(returning: .failure(.timeout(mayHaveRun: false))) }
    return batch.isEmpty ? nil : batch
  }
}
