import DequeModule
import NIOCore
import Synchronization

/// The requests of a connection, in their order: `MessageGate` fills the queue, and the one task that
/// answers them empties it. `Intake` reads no more from the socket while the queue is full.
///
/// It replaces `NIOAsyncChannel`, whose streams cost more than the answer to a small request:
/// docs/decisions/0003-swiftnio-alone.md.
final class RequestQueue: Sendable {
  /// Requests that may wait before reading stops.
  private static let most = 8

  private typealias Consumer = UnsafeContinuation<Request?, Never>

  private struct State {
    var requests: Deque<Request> = []
    var consumer: Consumer?
    /// The body of the message that is arriving.
    var body: IncomingBody?
    var isWritable = true
    var inputHasEnded = false
    /// No further answer will be sent, so requests that wait are dropped.
    var isOver = false
    var owesRead = false

    var mayRead: Bool {
      requests.count < RequestQueue.most && body?.isFull != true
        && requests.reduce(0) { $0 + ($1.body?.waiting ?? 0) } < IncomingBody.most
    }

    /// The next request; `.some(nil)` when no more will come; nil when it has to be waited for, which
    /// includes the time while the client does not read its answers.
    mutating func next() -> Request?? {
      if isOver { return .some(nil) }
      guard isWritable else { return nil }
      if let request = requests.popFirst() { return request }
      return inputHasEnded ? .some(nil) : nil
    }
  }

  /// False once incoming bytes no longer matter. `MessageGate` sets it, `Intake` reads it.
  let takesInput = Atomic(true)

  private let channel: any Channel
  private let state = Mutex(State())

  init(_ channel: any Channel) { self.channel = channel }

  /// True if there is room for incoming bytes.
  var mayRead: Bool { state.withLock { $0.mayRead } }

  /// Like `mayRead`; if there is no room, the channel is read as soon as there is.
  func mayReadOrWillAsk() -> Bool {
    state.withLock { state in
      state.owesRead = !state.mayRead
      return state.mayRead
    }
  }

  /// Waits for the next request; nil when the connection brings no more. Its body must be abandoned
  /// when it has been answered.
  func next() async -> Request? {
    if let next = take() {
      // Gives the other connections of this event loop their turn, however much one of them sends at
      // once.
      await Task.yield()
      return next
    }
    return await withUnsafeContinuation { continuation in
      let next = state.withLock { state in
        let next = state.next()
        if next == nil { state.consumer = continuation }
        return next
      }
      if let next { continuation.resume(returning: next) }
    }
  }

  private func take() -> Request?? {
    let (next, reads) = state.withLock { state in
      let next = state.next()
      defer { if state.mayRead { state.owesRead = false } }
      return (next, state.owesRead && state.mayRead)
    }
    if reads { channel.read() }
    return next
  }

  private func change(_ body: (inout State) -> Void) {
    let resumed = state.withLock { state -> (Consumer, Request?)? in
      body(&state)
      guard state.consumer != nil, let next = state.next() else { return nil }
      return state.consumer.take().map { ($0, next) }
    }
    if let (consumer, next) = resumed { consumer.resume(returning: next) }
  }

  // MARK: The gate's side

  func append(_ request: Request) {
    change {
      $0.body = request.body
      $0.requests.append(request)
    }
  }

  func appendToBody(_ bytes: ByteBuffer) { state.withLock { $0.body }?.append(bytes) }

  func endBody() { takeBody()?.end(.success(nil)) }

  func setWritable(_ isWritable: Bool) { change { $0.isWritable = isWritable } }

  /// Nothing more will arrive. A body that has not arrived whole never will.
  func endInput() {
    takeBody()?.end(.failure(.incomplete))
    change { $0.inputHasEnded = true }
  }

  /// No further answer will be sent.
  func end() {
    endInput()
    change {
      $0.isOver = true
      $0.requests = []
    }
  }

  private func takeBody() -> IncomingBody? { state.withLock { $0.body.take() } }
}
