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

  static let headTimeout = TimeAmount.seconds(15)
  static let bodyTimeout = TimeAmount.seconds(60)
  private static let lingering = TimeAmount.seconds(1)

  private enum Mode {
    case open
    /// Nothing more is read; the refusal is sent when earlier requests have been answered.
    case refusing(Refusal)
    /// All is sent; what still arrives is dropped.
    case draining
  }

  private let isAdmitted: Bool
  private var mode = Mode.open
  private var context: ChannelHandlerContext?
  private var timer: Scheduled<Void>?
  private(set) var partsSeen = 0
  private var isInMessage = false
  /// The id that the message now arriving came with, if it is one.
  private var requestID: String?
  private var unanswered = 0
  private var isAnswering = false
  private var closesAfterAnswer = false
  private var isQuiescing = false

  init(isAdmitted: Bool) { self.isAdmitted = isAdmitted }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    stopTimer()
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    if !isAdmitted { context.close(promise: nil) }
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
      // Hummingbird's loop ends on exactly this.
      if !head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
      closesAfterAnswer = closesAfterAnswer || !head.isKeepAlive
      if head.hasBody {
        start(Self.bodyTimeout, .timeout)
        invite(head)
      }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body:
      context.fireChannelRead(data)
    case .end:
      stopTimer()
      isInMessage = false
      requestID = nil
      context.fireChannelRead(data)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    if case .draining = mode { context.read() }
  }

  /// Called when bytes arrived and no part of a message came of them.
  func headIsIncomplete() {
    guard case .open = mode, !isInMessage, timer == nil else { return }
    start(Self.headTimeout, .timeout)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    // What follows a request that asked to close is not looked at (RFC 9112, 9.6).
    if closesAfterAnswer, !isInMessage { return }
    refuse(error == .headerOverflow ? .headTooLarge : .malformed)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent { isQuiescing = true }
    if case .draining = mode, event as? ChannelEvent == .inputClosed {
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// Asks for a body that waits for leave (RFC 9110, 10.1.1).
  private func invite(_ head: HTTPRequestHead) {
    guard unanswered == 1, head.headers["expect"].first?.lowercased() == "100-continue",
      (head.headers.first(name: "content-length").flatMap(Int.init) ?? 0) <= RequestBody.largest
    else { return }
    let interim = HTTPResponseHead(version: .http1_1, status: .continue)
    context?.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
  }

  private func start(_ timeout: TimeAmount, _ refusal: Refusal) {
    stopTimer()
    timer = context?.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
      self.refuse(refusal)
    }
  }

  private func stopTimer() {
    timer?.cancel()
    timer = nil
  }

  // MARK: Answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .draining = mode {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      isAnswering = true
      if isQuiescing || (closesAfterAnswer && unanswered == 1) {
        head.headers.replaceOrAdd(name: "connection", value: "close")
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
      if case .refusing(let refusal) = mode, unanswered == 0 {
        send(refusal)
      } else if closesAfterAnswer, unanswered == 0 || isQuiescing {
        drain()
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
      if unanswered == 1, !isAnswering { send(refusal) } else { drain() }
      context?.fireErrorCaught(HTTPParserError.invalidEOFState)
    } else if unanswered > 0 {
      mode = .refusing(refusal)
    } else {
      send(refusal)
    }
  }

  private func send(_ refusal: Refusal) {
    guard let context else { return }
    let (head, body) = refusal.answer(requestID ?? RequestIdentifier.make())
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    drain()
  }

  private func drain() {
    guard let context else { return }
    mode = .draining
    context.flush()
    context.close(mode: .output, promise: nil)
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingering) {
      self.context?.close(promise: nil)
    }
    context.read()
  }
}

extension HTTPRequestHead {
  fileprivate var hasBody: Bool {
    headers.contains(name: "transfer-encoding")
      || (headers.first(name: "content-length") ?? "0") != "0"
  }
}
