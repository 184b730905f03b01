import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Synchronization

/// The requests of a connection, in their order: filled by the pipeline, emptied by the one task that
/// answers them. Reads no more from the socket than a few requests ahead.
///
/// In place of `NIOAsyncChannel`, whose streams cost more than the answer to a small request does.
final class RequestQueue: ChannelDuplexHandler, Sendable {
  typealias InboundIn = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Requests that may wait before reading stops.
  private static let most = 8

  typealias Element = (request: Request, body: IncomingBody?)
  private typealias Consumer = UnsafeContinuation<Element?, Never>

  private struct State {
    var requests: [Element] = []
    var consumer: Consumer?
    /// Of the message now arriving.
    var body: IncomingBody?
    var isWritable = true
    /// Nothing more will arrive.
    var inputHasEnded = false
    /// No answer will be sent any more: what waits is not looked at.
    var isOver = false
    var owesRead = false

    var mayRead: Bool {
      requests.count < RequestQueue.most && body?.isFull != true
        && requests.reduce(0) { $0 + ($1.body?.waiting ?? 0) } < IncomingBody.most
    }

    /// The next request for who waits for one; `.some(nil)` when no more will come. None while the other
    /// side does not read its answers.
    mutating func next() -> Element?? {
      if isOver { return .some(nil) }
      guard isWritable else { return nil }
      if !requests.isEmpty { return .some(requests.removeFirst()) }
      return inputHasEnded ? .some(nil) : nil
    }
  }

  private let channel: any Channel
  private let state = Mutex(State())

  init(_ channel: any Channel) { self.channel = channel }

  /// Whether there is room for what arrives.
  var mayRead: Bool { state.withLock { $0.mayRead } }

  /// Waits for the next request and its body, if it has one; nil when the connection brings no more. The
  /// body must be abandoned when the request has been answered.
  func next() async -> Element? {
    if let next = take() {
      // Others on this event loop get their turn, however much one sends at once.
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

  private func take() -> Element?? {
    let (next, reads) = state.withLock { state in
      let next = state.next()
      defer { if state.mayRead { state.owesRead = false } }
      return (next, state.owesRead && state.mayRead)
    }
    if reads { channel.read() }
    return next
  }

  private func change(_ body: (inout State) -> Void) {
    let resumed = state.withLock { state -> (Consumer, Element?)? in
      body(&state)
      guard let consumer = state.consumer, let next = state.next() else { return nil }
      state.consumer = nil
      return (consumer, next)
    }
    if let (consumer, next) = resumed { consumer.resume(returning: next) }
  }

  // MARK: The pipeline

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let body = head.announcesBody ? IncomingBody { [channel] in channel.read() } : nil
      let request =
        if let body {
          Request(head: head, body: .init(asyncSequence: body))
        } else {
          Request(head: head, body: .init(buffer: ByteBuffer()))
        }
      change {
        $0.body = body
        $0.requests.append((request, body))
      }
    case .body(let buffer):
      state.withLock { $0.body }?.append(buffer)
    case .end:
      state.withLock { state in
        defer { state.body = nil }
        return state.body
      }?.end()
    }
  }

  func read(context: ChannelHandlerContext) {
    let may = state.withLock { state in
      state.owesRead = !state.mayRead
      return state.mayRead
    }
    if may { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    let isWritable = context.channel.isWritable
    change { $0.isWritable = isWritable }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event as? ChannelEvent == .inputClosed { endInput() }
    if event is MessageGate.Ended { end() }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { endInput() }
  func channelInactive(context: ChannelHandlerContext) { end() }
  func handlerRemoved(context: ChannelHandlerContext) { end() }

  /// A body that has not arrived whole never will.
  private func endInput() {
    state.withLock { state in
      defer { state.body = nil }
      return state.body
    }?.fail(HTTPParserError.invalidEOFState)
    change { $0.inputHasEnded = true }
  }

  private func end() {
    endInput()
    change {
      $0.isOver = true
      $0.requests = []
    }
  }
}

extension HTTPRequest {
  fileprivate var announcesBody: Bool {
    headerFields[.transferEncoding] != nil || (headerFields[.contentLength] ?? "0") != "0"
  }
}
