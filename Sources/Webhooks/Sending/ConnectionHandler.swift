import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS

/// The end of a connection's pipeline: carries one exchange after another, and closes the connection if
/// anything happens between them. Runs on the connection's event loop.
final class ConnectionHandler: ChannelInboundHandler, NIOScheduledCallbackHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private enum State {
    case opening(OutgoingAttempt)
    case exchanging(OutgoingAttempt)
    case idle
    case closed
  }

  /// The most bytes before the final head is complete, including informational answers.
  static let headLength = 256 << 10

  private let key: ConnectionKey
  private let address: IPAddress
  private let tls: NIOSSLClientHandler?
  private let idleConnections: IdleConnections
  private var state: State
  private var context: ChannelHandlerContext?
  private var idleTimer: NIOScheduledCallback?
  private var answer: ReceivedAnswer?
  private var bytesBeforeHead = 0
  private var isWritten = false
  /// True from the connection's second exchange on.
  private var isReused = false
  /// Reads the status in parallel with the decoder, in case the decoder gives up.
  private var statusReader = StatusReader()
  private var hasDecoderGivenUp = false

  init(
    _ key: ConnectionKey, _ address: IPAddress, for attempt: OutgoingAttempt,
    tls: NIOSSLClientHandler?, idleConnections: IdleConnections
  ) {
    self.key = key
    self.address = address
    self.tls = tls
    self.idleConnections = idleConnections
    state = .opening(attempt)
  }

  // MARK: Calls from the attempt

  /// Sends the request and reports its answer to the attempt. Called when the connection has just opened,
  /// or was idle; false if an idle one has closed in the meantime.
  func send(_ request: WebhookRequest, for attempt: OutgoingAttempt) -> Bool {
    idleTimer?.cancel()
    idleTimer = nil
    if case .closed = state { return false }
    guard let context, context.channel.isActive else { return false }
    if case .idle = state { isReused = true }
    state = .exchanging(attempt)
    statusReader = StatusReader()
    answer = nil
    bytesBeforeHead = 0
    isWritten = false
    write(request, context)
    return true
  }

  /// Closes the connection at once, without a TLS close, which the peer could prolong.
  ///
  /// - Returns: The part of an answer that has arrived.
  @discardableResult func abort() -> ReceivedAnswer? {
    state = .closed
    guard let context else { return answer }
    if let tls, let below = try? context.pipeline.syncOperations.context(handler: tls) {
      below.close(promise: nil)
    } else {
      context.close(promise: nil)
    }
    return answer
  }

  /// Closes the connection with a TLS close. It must carry no exchange.
  func closeIdle() {
    state = .closed
    idleTimer?.cancel()
    idleTimer = nil
    context?.close(promise: nil)
  }

  private func write(_ request: WebhookRequest, _ context: ChannelHandlerContext) {
    var headers = [("Host", request.url.authority)]
    headers.reserveCapacity(request.headers.count + 3)
    headers += request.headers
    headers.append(("Accept", "*/*"))
    headers.append(("Content-Length", String(request.body.utf8.count)))
    let head = HTTPRequestHead(
      version: .http1_1, method: .POST, uri: request.url.target, headers: HTTPHeaders(headers))
    let body = context.channel.allocator.buffer(string: request.body)
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))))
      .assumeIsolated().whenSuccess { self.isWritten = true }
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
  }

  // MARK: Events of the channel

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    guard case .opening(let attempt) = state else { return }
    if tls == nil {
      attempt.isReady(self)
    } else {
      attempt.isSecuring()
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .opening(let attempt) = state, case .handshakeCompleted = event as? TLSUserEvent
    else { return context.fireUserInboundEventTriggered(event) }
    guard hasRightName else {
      abort()
      return attempt.end(.noAnswer(SendFailure.wrongName(key.host)))
    }
    attempt.isReady(self)
  }

  /// True if the peer's certificate, whose chain has been verified, is for the host.
  private var hasRightName: Bool {
    guard let names = tls?.peerCertificate.map(CertificateNames.init) else { return false }
    return key.serverName.map(names.allow) ?? names.allow(address)
  }

  /// True if the decoder should get these bytes. Closes the connection if there are too many, or if none
  /// were expected.
  func admits(_ bytes: ByteBuffer) -> Bool {
    switch state {
    case .opening: return true
    case .exchanging(let attempt):
      guard answer == nil else { return true }
      bytesBeforeHead += bytes.readableBytes
      guard bytesBeforeHead <= Self.headLength else {
        abort()
        attempt.end(.noAnswer(SendFailure.longHead))
        return false
      }
      statusReader.read(bytes.readableBytesView)
      guard hasDecoderGivenUp else { return true }
      settle(attempt)
      return false
    case .idle:
      spoil()
      return false
    case .closed: return false
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .exchanging(let attempt) = state else { return }
    switch Self.unwrapInboundIn(data) {
    case .head(let head):
      guard head.status.code >= 100 else {
        abort()
        return attempt.end(.noAnswer(SendFailure.notHTTP))
      }
      answer = ReceivedAnswer(head)
    case .body(let bytes):
      answer?.append(bytes)
      if let answer, answer.isTooLong {
        abort()
        attempt.end(answer.outcome)
      }
    case .end:
      answer?.isComplete = true
    }
  }

  // The answer's end would be too early, because more bytes may have come together with it.
  func channelReadComplete(context: ChannelHandlerContext) {
    if case .exchanging(let attempt) = state, let answer, answer.isComplete {
      if answer.keepsConnection && isWritten {
        park(context)
      } else {
        state = .closed
        context.close(promise: nil)
      }
      attempt.end(answer.outcome)
    }
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch state {
    case .opening(let attempt), .exchanging(let attempt):
      // The connection's future reports a failure to connect.
      guard context.channel.isActive || !attempt.isConnecting else { return }
      if answer == nil, SendFailure.isOfSyntax(error) {
        hasDecoderGivenUp = true
        return settle(attempt)
      }
      guard !isStale else { return startAnew(attempt, context) }
      abort()
      attempt.end(
        answer?.outcome
          ?? .noAnswer(SendFailure.words(error, certificate: tls?.peerCertificate)))
    case .idle: spoil()
    case .closed: break
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    switch state {
    case .opening(let attempt):
      attempt.end(.noAnswer(SendFailure.closedInHandshake))
    case .exchanging(let attempt):
      guard !isStale else { return startAnew(attempt, context) }
      attempt.end(answer?.outcome ?? .noAnswer(SendFailure.closed))
    case .idle: _ = idleConnections.remove(context.channel, key)
    case .closed: break
    }
    state = .closed
    context.fireChannelInactive()
  }

  /// The decoder has given up, but the status may be clear: then it decides, and the rest of the answer
  /// is not read.
  private func settle(_ attempt: OutgoingAttempt) {
    if let status = statusReader.status {
      abort()
      attempt.end(.answered(status: status, retryAfter: nil, body: []))
    } else if statusReader.isHopeless {
      abort()
      attempt.end(.noAnswer(SendFailure.notHTTP))
    }
  }

  /// True if the connection was kept and nothing has come since the request. The peer most likely closed
  /// it before it saw the request.
  private var isStale: Bool { isReused && bytesBeforeHead == 0 }

  private func startAnew(_ attempt: OutgoingAttempt, _ context: ChannelHandlerContext) {
    abort()
    attempt.startAnew(on: context.eventLoop)
  }

  // MARK: Between exchanges

  private func park(_ context: ChannelHandlerContext) {
    state = .idle
    answer = nil
    let loop = context.eventLoop
    let connection = IdleConnection(
      key: key, address: address, channel: context.channel, parked: .now(),
      handler: NIOLoopBound(self, eventLoop: loop))
    idleTimer = try? loop.assumeIsolated().scheduleCallback(
      in: IdleConnections.lifetime, handler: self)
    guard idleTimer != nil, idleConnections.park(connection) else { return closeIdle() }
  }

  func handleScheduledCallback(eventLoop: some EventLoop) {
    idleTimer = nil
    // An attempt that has taken it is about to use it.
    guard case .idle = state, let context, idleConnections.remove(context.channel, key)
    else { return }
    closeIdle()
  }

  /// Closes the connection on a sign that the peer is out of step. An attempt that has just taken it
  /// finds it closed.
  private func spoil() {
    if let context { _ = idleConnections.remove(context.channel, key) }
    closeIdle()
  }
}
