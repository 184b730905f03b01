import CLibPQ
import DequeModule
import Glibc

/// A message to the event thread.
enum PoolMessage: Sendable {
  case submit(PendingUnit)
  /// Something to do when the thread gets to it. It must not block.
  case call(@Sendable () -> Void)
  /// A connection was made for a slot. It is passed as an address, since a pointer may not cross threads.
  case connected(slot: Int, address: UInt)
  case connectFailed(slot: Int, String)
  case shutDown
}

/// The only thread that drives the connections of a pool. It alone owns this state, which lives in the
/// frame of its `run`.
struct EventThread {
  private enum Slot {
    case idle
    case connecting
    case open(PipelineConnection)
  }

  private let configuration: PostgresConfiguration
  private let inbox: Inbox<PoolMessage>
  private let report: PoolReport
  private let epoll: Int32
  private var slots: [Slot]
  private var waiting = Deque<PendingUnit>()
  private var buffer = ParameterBuffer()
  private var backoff = Backoff()
  private var isShuttingDown = false

  private static let inboxTag = UInt64.max

  init(
    _ configuration: PostgresConfiguration, _ inbox: Inbox<PoolMessage>, _ report: PoolReport,
    epoll: Int32
  ) {
    self.configuration = configuration
    self.inbox = inbox
    self.report = report
    self.slots = Array(repeating: .idle, count: max(1, configuration.poolSize))
    self.epoll = epoll
    watch(inbox.descriptor, as: Self.inboxTag, EPOLL_CTL_ADD)
  }

  /// Runs until it is shut down and every unit has been answered; then closes the epoll descriptor.
  mutating func run() {
    var messages: [PoolMessage] = []
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    while true {
      // The unit that has waited longest ends first.
      dispatchWaiting()
      while inbox.receive(into: &messages) {
        for message in messages { handle(message) }
        messages.removeAll(keepingCapacity: true)
      }
      let now = monotonicNanoseconds()
      expire(now)
      dispatchWaiting()
      connectMissing(now)
      reportState()
      if isShuttingDown, isIdle() { break }

      let count = epoll_wait(epoll, &events, Int32(events.count), timeout(now))
      inbox.wake()
      for event in events.prefix(Int(max(0, count))) {
        if event.data.u64 == Self.inboxTag {
          inbox.drain()
        } else if let slot = Int(exactly: event.data.u64) {
          receive(slot)
        }
      }
    }
    for message in inbox.leave() { handle(message) }
    slots.removeAll()
    close(epoll)
  }

  /// True if every unit has been answered. Units that wait for a connection are refused if none is open:
  /// no connection will come any more.
  private mutating func isIdle() -> Bool {
    let connections = slots.compactMap {
      if case .open(let connection) = $0 { connection } else { nil }
    }
    while connections.isEmpty, let pending = waiting.popFirst() {
      pending.completion(.failure(.closed))
    }
    return waiting.isEmpty && connections.allSatisfy { $0.unitsInFlight == 0 }
  }

  // MARK: Messages

  private mutating func handle(_ message: PoolMessage) {
    switch message {
    case .submit(let pending):
      if isShuttingDown {
        pending.completion(.failure(.closed))
      } else if !waiting.isEmpty || !dispatch(pending) {
        enqueue(pending)
      }
    case .call(let body):
      body()
    case .connected(let slot, let address):
      guard let pointer = OpaquePointer(bitPattern: address) else { return }
      guard !isShuttingDown else { return PQfinish(pointer) }
      open(pointer, slot)
    case .connectFailed(let slot, let message):
      slots[slot] = .idle
      backoff.failed(at: monotonicNanoseconds())
      report.unreachable(message)
    case .shutDown:
      isShuttingDown = true
    }
  }

  private mutating func open(_ pointer: OpaquePointer, _ slot: Int) {
    guard
      let connection = PipelineConnection(pointer, hasOwnSession: configuration.hasOwnSession)
    else {
      slots[slot] = .idle
      return backoff.failed(at: monotonicNanoseconds())
    }
    watch(connection.descriptor, as: UInt64(slot), EPOLL_CTL_ADD)
    slots[slot] = .open(connection)
    backoff.succeeded()
    report.reachable()
  }

  // MARK: Sending

  private mutating func enqueue(_ pending: PendingUnit) {
    guard waiting.count < configuration.queueLimit else {
      return pending.completion(.failure(.queueFull))
    }
    waiting.append(pending)
  }

  private mutating func dispatchWaiting() {
    while let first = waiting.first, dispatch(first) { waiting.removeFirst() }
  }

  /// Sends a unit ahead on the connection with the fewest units before it; the lowest slot wins a tie, so
  /// that few backends stay warm. False if every connection is at its depth.
  private mutating func dispatch(_ pending: PendingUnit) -> Bool {
    guard pending.deadline > monotonicNanoseconds() else {
      // If it were sent, it would take the connection down at once.
      pending.completion(.failure(.timeout(mayHaveRun: false)))
      return true
    }
    var best: (slot: Int, connection: PipelineConnection, load: Int)?
    for (slot, state) in slots.enumerated() {
      guard case .open(let connection) = state,
        connection.unitsInFlight < configuration.usedPipelineDepth
      else { continue }
      // A commit's wait for the disk delays what is queued behind it.
      let load = connection.unitsInFlight + 4 * connection.writesInFlight
      if load < best?.load ?? .max { best = (slot, connection, load) }
      if load == 0 { break }
    }
    guard let best else { return false }
    send(pending, best.connection, best.slot)
    return true
  }

  private mutating func send(_ pending: PendingUnit, _ connection: PipelineConnection, _ slot: Int)
  {
    let wantedToWrite = connection.wantsToWrite
    guard connection.send(pending, &buffer) else { return drop(slot) }
    if connection.wantsToWrite != wantedToWrite {
      watch(
        connection.descriptor, as: UInt64(slot), EPOLL_CTL_MOD, writing: connection.wantsToWrite)
    }
  }

  // MARK: Receiving

  private mutating func receive(_ slot: Int) {
    guard case .open(let connection) = slots[slot] else { return }
    if connection.wantsToWrite {
      guard connection.flush() else { return drop(slot) }
      if !connection.wantsToWrite {
        watch(connection.descriptor, as: UInt64(slot), EPOLL_CTL_MOD)
      }
    }
    var repetitions: [PendingUnit] = []
    let isAlive = connection.receive(
      finished: { pending, outcome in pending.completion(outcome) },
      again: { repetitions.append($0) })
    if !isAlive { drop(slot) }
    for pending in repetitions {
      // It goes to the connection that prepares again: another might be just as outdated.
      if case .open(let connection) = slots[slot] {
        send(pending, connection, slot)
      } else if !dispatch(pending) {
        enqueue(pending)
      }
    }
  }

  /// Gives up a broken connection: only what was in flight on it fails.
  private mutating func drop(_ slot: Int, timedOutBefore now: UInt64 = 0) {
    guard case .open(let connection) = slots[slot] else { return }
    slots[slot] = .idle
    // A proxy may accept and then drop every connection: that is a failure to connect as well.
    if !connection.hasAnswered { backoff.failed(at: monotonicNanoseconds()) }
    for (pending, error) in connection.abandon() {
      let isLate = pending.deadline <= now
      pending.completion(.failure(isLate ? .timeout(mayHaveRun: true) : error))
    }
    report.lost()
  }

  // MARK: Time

  private mutating func expire(_ now: UInt64) {
    for (slot, state) in slots.enumerated() {
      if case .open(let connection) = state, let deadline = connection.earliestDeadline,
        deadline <= now
      {
        drop(slot, timedOutBefore: now)
      }
    }
    while let first = waiting.first, first.waitDeadline <= now {
      waiting.removeFirst()
      let error = backoff.lastFailureIsCurrent ? report.lastFailure() : nil
      first.completion(.failure(error ?? .timeout(mayHaveRun: false)))
    }
  }

  /// Connects idle slots, each on its own thread, since libpq resolves names and tries several hosts only
  /// while blocking. After a failure, only one slot tries, backing off.
  private mutating func connectMissing(_ now: UInt64) {
    guard !isShuttingDown, now >= backoff.nextAttempt else { return }
    var connecting = slots.count { if case .connecting = $0 { true } else { false } }
    for slot in slots.indices {
      guard case .idle = slots[slot] else { continue }
      if backoff.lastFailureIsCurrent, connecting > 0 { return }
      let (configuration, inbox) = (configuration, inbox)
      let started = startThread("pg-connect") {
        do throws(PostgresError) {
          let connection = try BlockingConnection(configuration)
          let pointer = connection.release()
          if !inbox.send(.connected(slot: slot, address: UInt(bitPattern: pointer))) {
            PQfinish(pointer)
          }
        } catch {
          inbox.send(.connectFailed(slot: slot, "\(error)"))
        }
      }
      guard started else { return backoff.failed(at: now) }
      slots[slot] = .connecting
      connecting += 1
    }
  }

  /// Milliseconds until something is due; -1 if nothing is.
  private func timeout(_ now: UInt64) -> Int32 {
    var next = waiting.first?.waitDeadline ?? .max
    var hasIdle = false
    for slot in slots {
      switch slot {
      case .open(let connection): next = min(next, connection.earliestDeadline ?? .max)
      case .idle: hasIdle = true
      case .connecting: break
      }
    }
    if hasIdle, !isShuttingDown, backoff.nextAttempt > now { next = min(next, backoff.nextAttempt) }
    guard next < .max else { return -1 }
    return next <= now ? 0 : Int32(clamping: (next - now) / 1_000_000 + 1)
  }

  private func reportState() {
    var (open, busy) = (0, 0)
    for case .open(let connection) in slots {
      open += 1
      if connection.unitsInFlight > 0 { busy += 1 }
    }
    report.state(open: open, busy: busy, waiting: waiting.count)
  }

  private func watch(_ descriptor: Int32, as tag: UInt64, _ operation: Int32, writing: Bool = false)
  {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
    event.data.u64 = tag
    epoll_ctl(epoll, operation, descriptor, &event)
  }
}
