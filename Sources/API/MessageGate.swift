import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Lets well-formed, timely messages through and answers the others itself, in order, before it closes
/// the connection (RFC 9112, 9.6: output first, then a while of reading, so that the answer arrives).
final class MessageGate: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Goes on to the handlers behind once the last answer is sent: what still waits is not answered.
  struct Ended {}
  /// Closes the connection whatever is under way.
  struct GiveUp: Sendable {}

  private static let lingering = TimeAmount.seconds(1)
  private static let longestDrain = TimeAmount.seconds(60)

  private enum Mode {
    case open
    /// Nothing more is read; the refusal is sent when earlier requests have been answered, and what is
    /// `unanswered` then never is.
    case refusing(Refusal, unanswered: Int)
    /// The last answer is on its way out; what still arrives is dropped.
    case draining
    /// All is sent and this half is closed. What still arrives is dropped for a moment: to close the
    /// socket now would reset the connection, and the client might lose the answer (RFC 9112, 9.6).
    case lingering
  }

  private let isAdmitted: Bool
  private let report: RequestReport
  private let requests: RequestQueue
  private let deadlines: ConnectionDeadlines
  private var mode = Mode.open
  private var context: ChannelHandlerContext?
  private var timer: Scheduled<Void>?
  private(set) var partsSeen = 0
  private var isInMessage = false
  /// The message now arriving has a client that waits for leave to send its body.
  private var owesInvitation = false
  /// What ended a message whose length was announced; only while its bytes are looked at.
  private var lastOfBody: ByteBuffer?
  private var lengthIsAnnounced = false
  /// The id that the message now arriving came with, if it is one.
  private var requestID: String?
  private var unanswered = 0
  private var isAnswering = false
  private var closesAfterAnswer = false
  /// A client of HTTP/1.0 takes a connection for closed unless it is told otherwise.
  private var speaksOldVersion = false
  private var isQuiescing = false
  private var inputIsClosed = false
  private var heldClose: EventLoopPromise<Void>?

  init(
    isAdmitted: Bool, report: RequestReport, requests: RequestQueue, deadlines: ConnectionDeadlines
  ) {
    self.isAdmitted = isAdmitted
    self.report = report
    self.requests = requests
    self.deadlines = deadlines
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    stopTimer()
    heldClose?.succeed()
    heldClose = nil
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    if !isAdmitted {
      report.connectionRefused()
      context.close(promise: nil)
    }
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    partsSeen += 1
    guard case .open = mode else { return }
    switch unwrapInboundIn(data) {
    case .head(var head):
      stopTimer()
      requestID = head.headers.first(name: "x-request-id").flatMap {
        RequestIdentifier.isValid($0) ? $0 : nil
      }
      if let refusal = Refusal(head) { return refuse(refusal) }
      isInMessage = true
      unanswered += 1
      // The decoder takes what follows an offer to change the protocol for that protocol.
      let isLast = !head.isKeepAlive || head.asksForAnotherProtocol
      if isLast { head.headers.replaceOrAdd(name: "connection", value: "close") }
      closesAfterAnswer = closesAfterAnswer || isLast
      speaksOldVersion = head.version.minor == 0
      lengthIsAnnounced = false
      if head.hasBody {
        lengthIsAnnounced = !head.headers.contains(name: "transfer-encoding")
        start(deadlines.body, .timeout)
        owesInvitation = head.expectsInvitation
        inviteInTurn()
      }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body(let bytes):
      owesInvitation = false
      if lengthIsAnnounced { lastOfBody = bytes }
      context.fireChannelRead(data)
    case .end:
      stopTimer()
      isInMessage = false
      owesInvitation = false
      requestID = nil
      context.fireChannelRead(data)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    if isEnding { context.read() }
  }

  /// Whether anything that arrives may still come to matter.
  var takesInput: Bool {
    guard case .open = mode else { return false }
    return isInMessage || !closesAfterAnswer
  }

  /// Called when bytes arrived that belong to the head of a message, which is not complete.
  func headIsIncomplete() {
    guard case .open = mode, !isInMessage, timer == nil else { return }
    start(deadlines.head, .timeout)
  }

  /// Whether these bytes, which parts of messages came of, go on beyond the last of them. A body that
  /// looks as what follows it hides that; the connection counts as idle then.
  func mayLeaveHead(_ bytes: ByteBuffer) -> Bool {
    defer { lastOfBody = nil }
    guard !isInMessage else { return false }
    let lineEnds = bytes.lineEnds
    guard lineEnds.count < bytes.readableBytes else { return false }
    guard lengthIsAnnounced, let body = lastOfBody else {
      // A head, and trailers, end with an empty line.
      return lineEnds.count { $0 == UInt8(ascii: "\n") } < 2
    }
    let last = body.readableBytesView.dropLast(body.lineEnds.count).suffix(16)
    return !bytes.readableBytesView.dropLast(lineEnds.count).suffix(last.count).elementsEqual(last)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    // What follows a request that asked to close is not looked at (RFC 9112, 9.6).
    if closesAfterAnswer, !isInMessage { return }
    refuse(error == .headerOverflow ? .headTooLarge : .malformed)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent { isQuiescing = true }
    if event is GiveUp { end() }
    if event as? ChannelEvent == .inputClosed {
      inputIsClosed = true
      if case .lingering = mode { end() }
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// Asks for a body that waits for leave (RFC 9110, 10.1.1), once all before it is answered.
  private func inviteInTurn() {
    guard owesInvitation, unanswered == 1 else { return }
    owesInvitation = false
    let interim = HTTPResponseHead(version: .http1_1, status: .continue)
    context?.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
  }

  private func start(_ timeout: TimeAmount, _ refusal: Refusal) {
    stopTimer()
    timer = context?.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
      // Who is not read from cannot be late.
      if self.requests.mayRead { self.refuse(refusal) } else { self.start(timeout, refusal) }
    }
  }

  private func stopTimer() {
    timer?.cancel()
    timer = nil
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
      } else if closesAfterAnswer, unanswered == 0 || isQuiescing {
        drain()
      } else {
        inviteInTurn()
      }
    }
  }

  /// Answers with an error and ends the connection, after what came before has been answered.
  private func refuse(_ refusal: Refusal) {
    guard case .open = mode else { return }
    stopTimer()
    if isInMessage {
      // The request at fault is itself waiting to be answered. Its handler must not take the part of
      // the body that arrived for the whole.
      if unanswered > 1 {
        mode = .refusing(refusal, unanswered: 1)
      } else if isAnswering || unanswered == 0 {
        // Its answer is on its way, or out: there is no second.
        drain()
      } else {
        send(refusal)
      }
      context?.fireErrorCaught(HTTPParserError.invalidEOFState)
    } else if unanswered > 0 {
      mode = .refusing(refusal, unanswered: 0)
    } else {
      send(refusal)
    }
  }

  private func send(_ refusal: Refusal) {
    guard let context else { return }
    let requestID = requestID ?? RequestIdentifier.make()
    report.refused(refusal, requestID)
    let (head, body) = refusal.answer(requestID)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
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

  /// Closes in order, however often it is asked to: the last answer leaves first, and the client has a
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
    context.fireUserInboundEventTriggered(Ended())
    end(in: Self.longestDrain)
    // Sent when all before it is. To close a half waits for nothing once the other one is closed.
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
    timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { self.end() }
  }

  private func end() {
    context?.close(promise: heldClose)
    heldClose = nil
  }
}
