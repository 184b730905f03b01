import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Synchronization

/// Turns messages that are well-formed and arrive in time into requests, and queues them. Refuses the
/// others, in their turn, and then closes the connection: the last answer is sent first, and incoming
/// bytes are read for a while so that the answer reaches the client (RFC 9112, 9.6).
final class MessageGate: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Closes the connection, whatever is under way.
  struct GiveUp: Sendable {}

  private static let lingering = TimeAmount.seconds(1)
  private static let longestDrain = TimeAmount.seconds(60)

  private enum Mode {
    case open
    /// Nothing more is read. The refusal is sent once only the last `unanswered` requests remain, which
    /// are never answered.
    case refusing(Refusal, unanswered: Int)
    /// The last answer is being sent. Incoming bytes are dropped.
    case draining
    /// Everything is sent and this half is closed. Incoming bytes are dropped for a moment: closing the
    /// socket now would reset the connection, and the client might lose the answer (RFC 9112, 9.6).
    case lingering
  }

  private let isUnderLimits: Bool
  private let responder: any Responder
  private let requests: RequestQueue
  private let deadlines: ConnectionDeadlines
  private var mode = Mode.open { didSet { tellIntake() } }
  private var context: ChannelHandlerContext?
  /// Ends a late head or body, a drain, or the lingering.
  private var timer: Scheduled<Void>?
  private var idleTimer: Scheduled<Void>?
  /// The last time that a part of a message arrived or all requests were answered.
  private var lastActivity = NIODeadline.now()
  private var isInMessage = false { didSet { tellIntake() } }
  /// True if the piece that is being decoded has yielded a part of a message.
  private var hasDecoded = false
  /// True if the client waits for `100 Continue` before it sends the body of the message that is
  /// arriving.
  private var owesInvitation = false
  private var lengthIsAnnounced = false
  /// The last bytes of a body whose length was announced, while their piece is being decoded.
  private var lastOfBody: ByteBuffer?
  /// The id of the request whose message is arriving.
  private var requestID: String?
  private var unanswered = 0
  private var isAnswering = false
  private var closesAfterAnswer = false { didSet { tellIntake() } }
  /// An HTTP/1.0 client expects the connection to be closed unless told otherwise.
  private var speaksOldVersion = false
  private var isQuiescing = false
  private var inputIsClosed = false
  private var heldClose: EventLoopPromise<Void>?

  init(
    isUnderLimits: Bool, responder: any Responder, requests: RequestQueue,
    deadlines: ConnectionDeadlines
  ) {
    self.isUnderLimits = isUnderLimits
    self.responder = responder
    self.requests = requests
    self.deadlines = deadlines
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    requests.end()
    timer?.cancel()
    idleTimer?.cancel()
    heldClose?.succeed()
    heldClose = nil
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    if isUnderLimits { watchIdleness() } else { context.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) { requests.end() }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    requests.setWritable(context.channel.isWritable)
  }

  // MARK: Messages

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    hasDecoded = true
    guard case .open = mode else { return }
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head, on: context.channel)
    case .body(let bytes):
      owesInvitation = false
      if lengthIsAnnounced { lastOfBody = bytes }
      requests.appendToBody(bytes)
    case .end:
      stopTimer()
      isInMessage = false
      owesInvitation = false
      requestID = nil
      requests.endBody()
    }
    lastActivity = .now()
  }

  private func begin(_ given: HTTPRequestHead, on channel: any Channel) {
    stopTimer()
    let id = RequestIdentifier.of(given)
    requestID = id
    var head = given
    if let refusal = Refusal(head) { return refuse(refusal) }
    // The decoder takes what follows an offer to change the protocol for that protocol.
    let isLast = !head.isKeepAlive || head.asksForAnotherProtocol
    if isLast { head.headers.replaceOrAdd(name: "connection", value: "close") }
    guard let request = try? HTTPRequest(fast: head) else { return refuse(.malformed) }
    isInMessage = true
    unanswered += 1
    closesAfterAnswer = closesAfterAnswer || isLast
    speaksOldVersion = head.version.minor == 0
    lengthIsAnnounced = false
    var body: IncomingBody?
    if head.hasBody {
      lengthIsAnnounced = !head.headers.contains(name: "transfer-encoding")
      body = IncomingBody { channel.read() }
      start(deadlines.body, .timeout)
      owesInvitation = head.expectsInvitation
      inviteInTurn()
    }
    requests.append(Request(id: id, head: request, body: body, channel: channel))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if isEnding { context.read() }
  }

  private func tellIntake() {
    let isOpen = if case .open = mode { true } else { false }
    requests.takesInput.store(
      isOpen && (isInMessage || !closesAfterAnswer), ordering: .relaxed)
  }

  /// Starts the deadline of a head that has begun to arrive and is not complete.
  private func pieceDecoded(_ piece: Intake.PieceDecoded) {
    defer { (hasDecoded, lastOfBody) = (false, nil) }
    guard case .open = mode, piece.isLast, !isInMessage, timer == nil else { return }
    if hasDecoded ? continuesBeyondMessage(piece.bytes) : !piece.bytes.isLineEnds {
      start(deadlines.head, .timeout)
    }
  }

  /// True if bytes continue past the last decoded message. It misses bytes that equal the end of that
  /// message's body; the connection then counts as idle.
  private func continuesBeyondMessage(_ bytes: ByteBuffer) -> Bool {
    let lineEnds = bytes.lineEnds
    guard lineEnds.count < bytes.readableBytes else { return false }
    guard lengthIsAnnounced, let body = lastOfBody else {
      // A head ends with an empty line, and so do trailers.
      return lineEnds.count { $0 == UInt8(ascii: "\n") } < 2
    }
    let last = body.readableBytesView.dropLast(body.lineEnds.count).suffix(16)
    return !bytes.readableBytesView.dropLast(lineEnds.count).suffix(last.count).elementsEqual(last)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return requests.endInput() }
    // Bytes that follow a request to close are ignored (RFC 9112, 9.6).
    if closesAfterAnswer, !isInMessage { return }
    refuse(error == .headerOverflow ? .headTooLarge : .malformed)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let piece as Intake.PieceDecoded: pieceDecoded(piece)
    case is ChannelShouldQuiesceEvent:
      isQuiescing = true
      if unanswered == 0, !isEnding { drain() }
    case is GiveUp: end()
    case ChannelEvent.inputClosed:
      inputIsClosed = true
      if case .lingering = mode { end() }
      requests.endInput()
    default: break
    }
  }

  /// Sends `100 Continue` (RFC 9110, 10.1.1) once all earlier requests are answered.
  private func inviteInTurn() {
    guard owesInvitation, unanswered == 1 else { return }
    owesInvitation = false
    let interim = HTTPResponseHead(version: .http1_1, status: .continue)
    context?.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
  }

  // MARK: Deadlines

  private func start(_ timeout: TimeAmount, _ refusal: Refusal) {
    stopTimer()
    timer = schedule(in: timeout) {
      // A client that is not being read from cannot be late.
      if self.requests.mayRead { self.refuse(refusal) } else { self.start(timeout, refusal) }
    }
  }

  private func stopTimer() {
    timer?.cancel()
    timer = nil
  }

  private func schedule(in time: TimeAmount, _ body: @escaping () -> Void) -> Scheduled<Void>? {
    context?.eventLoop.assumeIsolated().scheduleTask(in: time, body)
  }

  /// Closes the connection once it has been quiet for long enough. While requests are being answered
  /// nothing is scheduled: the end of the last answer calls this again.
  private func watchIdleness() {
    guard idleTimer == nil else { return }
    idleTimer = schedule(in: lastActivity + deadlines.idle - .now()) {
      self.idleTimer = nil
      guard self.unanswered == 0 || self.isInMessage, !self.isEnding else { return }
      if NIODeadline.now() >= self.lastActivity + self.deadlines.idle {
        self.drain()
      } else {
        self.watchIdleness()
      }
    }
  }

  // MARK: Answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isEnding {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      isAnswering = true
      if isQuiescing || (closesAfterAnswer && unanswered == 1) {
        head.headers.replaceOrAdd(name: "connection", value: "close")
      } else if speaksOldVersion, !head.headers.contains(name: "connection") {
        head.headers.add(name: "connection", value: "keep-alive")
      }
      closesAfterAnswer =
        closesAfterAnswer || head.headers.first(name: "connection")?.lowercased() == "close"
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body:
      context.write(data, promise: promise)
    case .end:
      isAnswering = false
      unanswered -= 1
      context.write(data, promise: promise)
      if case .refusing(let refusal, let never) = mode, unanswered == never {
        send(refusal)
      } else if unanswered == 0
        ? closesAfterAnswer || isQuiescing : closesAfterAnswer && isQuiescing
      {
        drain()
      } else {
        inviteInTurn()
        if unanswered == 0 {
          lastActivity = .now()
          watchIdleness()
        }
      }
    }
  }

  /// Answers with an error and ends the connection, after what came before has been answered.
  private func refuse(_ refusal: Refusal) {
    guard case .open = mode else { return }
    stopTimer()
    if isInMessage {
      // The request at fault is itself waiting to be answered. Its handler must not mistake the part of
      // the body that arrived for all of it.
      if unanswered > 1 {
        mode = .refusing(refusal, unanswered: 1)
      } else if isAnswering || unanswered == 0 {
        // Its answer is being sent or has been: there is no second one.
        drain()
      } else {
        send(refusal)
      }
      requests.endInput()
    } else if unanswered > 0 {
      mode = .refusing(refusal, unanswered: 0)
    } else {
      send(refusal)
    }
  }

  private func send(_ refusal: Refusal) {
    guard let context else { return }
    var answer = responder.respond(
      to: refusal, requestID: requestID ?? RequestIdentifier.make())
    answer.headers[.connection] = "close"
    context.write(wrapOutboundOut(.head(HTTPResponseHead(answer.head))), promise: nil)
    for buffer in answer.body {
      context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    }
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    drain()
  }

  // MARK: Ending

  private var isEnding: Bool {
    switch mode {
    case .open, .refusing: false
    case .draining, .lingering: true
    }
  }

  /// Closes gracefully, however often it is asked to: the last answer is sent first, and the client has a
  /// moment to read it.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    guard mode == .all else { return context.close(mode: mode, promise: promise) }
    if let promise {
      if let heldClose { heldClose.futureResult.cascade(to: promise) } else { heldClose = promise }
    }
    if !isEnding { drain() }
  }

  private func drain() {
    guard let context else { return }
    mode = .draining
    requests.end()
    end(in: Self.longestDrain)
    // An empty write completes once everything before it is sent. Closing one half would not wait for
    // that if the other half is closed.
    let sent = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: sent)
    sent.futureResult.assumeIsolated().whenComplete { _ in
      self.mode = .lingering
      if self.inputIsClosed { return self.end() }
      self.context?.close(mode: .output, promise: nil)
      self.end(in: Self.lingering)
    }
    context.read()
  }

  private func end(in time: TimeAmount) {
    stopTimer()
    timer = schedule(in: time) { self.end() }
  }

  private func end() {
    context?.close(promise: heldClose)
    heldClose = nil
  }
}

extension ByteBuffer {
  /// The line ends that the buffer ends with.
  fileprivate var lineEnds: ByteBufferView {
    let view = readableBytesView
    let last = view.lastIndex { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    return last.map { view[($0 + 1)...] } ?? view
  }

  fileprivate var isLineEnds: Bool { lineEnds.count == readableBytes }
}
