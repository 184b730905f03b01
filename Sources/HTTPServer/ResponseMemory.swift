import Metrics
package import NIOCore
import Synchronization

/// No memory for an answer became free in time.
package struct ResponseMemoryFull: Error {}

/// The memory that answers take, from their rows to the bytes that clients have not read yet: at most
/// 256 MiB in all connections together. An answer that may be large waits for its room before it is
/// read from the database; small ones are counted when they pile up in a connection, and never wait.
package final class ResponseMemory: Sendable {
  /// Room for one answer, from reading its rows until its connection counts the bytes. Given back at the
  /// latest when its last reference goes.
  package final class Room: Sendable {
    private let memory: ResponseMemory
    private let held: Mutex<(bytes: Int, isReading: Bool)>

    fileprivate init(_ memory: ResponseMemory, _ bytes: Int, isReading: Bool) {
      self.memory = memory
      held = Mutex((bytes, isReading))
    }

    deinit { release() }

    /// The answer is rendered and its rows are freed: it takes `bytes` from now on.
    package func resize(to bytes: Int) {
      memory.change { state in
        held.withLock { held in
          state.used += bytes - held.bytes
          if held.isReading { state.reading -= 1 }
          held = (bytes, false)
        }
      }
    }

    package func release() { resize(to: 0) }
  }

  private struct Waiter {
    let number: Int
    let bytes: Int
    /// True if its answer is in memory while it waits.
    let isRendered: Bool
    let answer: UnsafeContinuation<Bool, Never>
  }

  private struct State {
    var used = 0
    /// Large answers that are being read or rendered.
    var reading = 0
    var waiters: [Waiter] = []
    var lastNumber = 0
  }

  /// Bytes from which an answer counts as large.
  package static let large = 1 << 20
  /// Bytes up to which an answer never waits.
  package static let small = 64 << 10
  /// Large answers read at a time: each holds up those behind it on its connection to the database, and
  /// has its rows in memory beside the JSON.
  private static let mostReading = 4
  /// The most answers that wait in memory: none of them has more than a few MB.
  private static let mostRendered = 16

  private let capacity: Int
  /// Bytes that large answers leave to the others, so that ordinary lists and pages need not wait.
  private let reserve: Int
  private let patience: TimeAmount
  private let mostWaiters: Int
  private let state = Mutex(State())
  private let usedGauge = Gauge(label: "http_response_memory_bytes")
  private let waitingGauge = Gauge(label: "http_response_memory_waiting")
  private let refusals = Counter(label: "http_response_memory_refusals")
  private let stalledReaders = Counter(label: "http_readers_stalled")

  /// - Parameters:
  ///   - patience: how long an answer waits for room
  ///   - mostWaiters: how many may wait; one more is refused at once
  package init(
    capacity: Int = 256 << 20, reserve: Int = 32 << 20, patience: TimeAmount = .seconds(10),
    mostWaiters: Int = 1000
  ) {
    self.capacity = capacity
    self.reserve = reserve
    self.patience = patience
    self.mostWaiters = mostWaiters
  }

  /// Bytes that are taken.
  package var used: Int { state.withLock { $0.used } }
  /// Answers that wait.
  package var waiting: Int { state.withLock { $0.waiters.count } }

  /// Makes room for an answer that is yet to be read; waits its turn if there is none.
  /// - Parameters:
  ///   - bytes: what its rows and its JSON take
  ///   - channel: the connection that it is for, whose end ends the wait
  ///   - isRendered: true if the answer is in memory already; only a few of these may wait
  /// - Throws: `ResponseMemoryFull` when no room was made in time
  package func room(_ bytes: Int, for channel: any Channel, isRendered: Bool = false) async throws
    -> Room
  {
    let bytes = min(bytes, capacity - reserve)
    guard await take(bytes, channel, isRendered) else {
      refusals.increment()
      throw ResponseMemoryFull()
    }
    return Room(self, bytes, isReading: bytes > Self.large)
  }

  /// Counts bytes that are held by a connection; negative when they have left it.
  package func count(_ bytes: Int) { change { $0.used += bytes } }

  /// Counts a connection that is closed because its client does not read its answers.
  func readerStalled() { stalledReaders.increment() }

  private func take(_ bytes: Int, _ channel: any Channel, _ isRendered: Bool) async -> Bool {
    if state.withLock({ takeAtOnce(bytes, &$0) }) { return true }
    var timer: RepeatedTask?
    defer {
      timer?.cancel()
      waitingGauge.record(waiting)
    }
    return await withUnsafeContinuation { answer in
      let number: Int? = state.withLock { state in
        if takeAtOnce(bytes, &state) {
          answer.resume(returning: true)
          return nil
        }
        let isCrowded =
          isRendered && state.waiters.count { $0.isRendered } >= Self.mostRendered
        guard state.waiters.count < mostWaiters, !isCrowded else {
          answer.resume(returning: false)
          return nil
        }
        state.lastNumber += 1
        state.waiters.append(
          Waiter(
            number: state.lastNumber, bytes: bytes, isRendered: isRendered, answer: answer))
        return state.lastNumber
      }
      guard let number else { return }
      waitingGauge.record(waiting)
      let deadline = NIODeadline.now() + patience
      timer = channel.eventLoop.scheduleRepeatedTask(
        initialDelay: Self.pause(patience), delay: Self.pause(patience)
      ) { [weak self] task in
        guard NIODeadline.now() >= deadline || !channel.isActive else { return }
        task.cancel()
        self?.giveUp(number)
      }
    }
  }

  /// The interval between checks that the client is still there.
  private static func pause(_ patience: TimeAmount) -> TimeAmount {
    min(.milliseconds(500), .nanoseconds(patience.nanoseconds / 4))
  }

  private func takeAtOnce(_ bytes: Int, _ state: inout State) -> Bool {
    let hasTurn =
      bytes <= Self.large || !state.waiters.contains { $0.bytes > Self.large }
    guard hasTurn, hasRoom(bytes, state) else { return false }
    take(bytes, &state)
    return true
  }

  private func hasRoom(_ bytes: Int, _ state: State) -> Bool {
    guard bytes > Self.large else { return state.used + bytes <= capacity }
    return state.used + bytes <= capacity - reserve && state.reading < Self.mostReading
  }

  private func take(_ bytes: Int, _ state: inout State) {
    state.used += bytes
    if bytes > Self.large { state.reading += 1 }
  }

  private func giveUp(_ number: Int) {
    let waiter = state.withLock { state in
      state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
    }
    waiter?.answer.resume(returning: false)
  }

  /// Changes what is taken, and admits those that now have room: the large ones in their order.
  private func change(_ body: (inout State) -> Void) {
    let (admitted, used) = state.withLock { state in
      body(&state)
      var (admitted, left): ([Waiter], [Waiter]) = ([], [])
      var largeMustWait = false
      for waiter in state.waiters {
        let isLarge = waiter.bytes > Self.large
        if hasRoom(waiter.bytes, state), !(isLarge && largeMustWait) {
          take(waiter.bytes, &state)
          admitted.append(waiter)
        } else {
          largeMustWait = largeMustWait || isLarge
          left.append(waiter)
        }
      }
      state.waiters = left
      return (admitted, state.used)
    }
    usedGauge.record(used)
    for waiter in admitted { waiter.answer.resume(returning: true) }
  }
}
