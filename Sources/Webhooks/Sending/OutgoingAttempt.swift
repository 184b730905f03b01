import NIOCore
import NIOPosix

/// One attempt from the vetted addresses to its outcome. Lives on one event loop.
final class OutgoingAttempt: NIOScheduledCallbackHandler {
  private enum Phase {
    case new, connecting, securing, exchanging, ended
  }

  private let request: WebhookRequest
  private let deadline: ContinuousClock.Instant
  private let limit: String
  private let opener: ConnectionOpener
  private let addressCount: Int
  private var remaining: ArraySlice<IPAddress>
  private var phase = Phase.new
  private var isCancelled = false
  private var lastFailure = SendFailure.noAddress
  private var connection: ConnectionHandler?
  private var timer: NIOScheduledCallback?
  private var continuation: CheckedContinuation<SendResult, Never>?

  /// - Parameters:
  ///   - addresses: The vetted addresses of the request's host.
  ///   - limit: The time from the attempt's start to its deadline, in words such as `10 s`.
  init(
    _ request: WebhookRequest, to addresses: [IPAddress], deadline: ContinuousClock.Instant,
    limit: String, opener: ConnectionOpener
  ) {
    self.request = request
    self.deadline = deadline
    self.limit = limit
    self.opener = opener
    addressCount = addresses.count
    remaining = addresses[...]
  }

  /// True while no address has accepted a connection.
  var isConnecting: Bool { phase == .connecting }

  // MARK: Calls from the sender

  /// Begins, on the idle connection if that is still good. The continuation is resumed once.
  func start(
    on idle: IdleConnection?, _ loop: any EventLoop,
    _ continuation: CheckedContinuation<SendResult, Never>
  ) {
    self.continuation = continuation
    do {
      guard !isCancelled else { throw CancellationError() }
      timer = try loop.assumeIsolated().scheduleCallback(in: TimeAmount(timeLeft), handler: self)
    } catch {
      idle?.close()
      return end(.stopping)
    }
    if let handler = idle?.handler.value {
      connection = handler
      phase = .exchanging
      if handler.send(request, for: self) { return }
      connection = nil
    }
    connect(on: loop)
  }

  /// Ends the attempt if no part of the request has been written: a stopping process finishes what it has
  /// sent.
  func cancel() {
    isCancelled = true
    switch phase {
    case .new, .exchanging, .ended: break
    case .connecting, .securing: giveUp(.stopping)
    }
  }

  // MARK: Calls from the connection

  /// A connection is established and TLS begins.
  func isSecuring() { phase = .securing }

  /// A connection is ready for the request.
  func isReady(_ connection: ConnectionHandler) {
    phase = .exchanging
    if !connection.send(request, for: self) { end(.noAnswer(SendFailure.closed)) }
  }

  /// A kept connection was closed before any part of an answer came: the same attempt continues on a new
  /// connection.
  func startAnew(on loop: any EventLoop) {
    connection = nil
    guard continuation != nil else { return }
    if isCancelled { end(.stopping) } else { connect(on: loop) }
  }

  /// Ends the attempt; does nothing if it has already ended.
  func end(_ outcome: SendResult) {
    guard let continuation else { return }
    self.continuation = nil
    phase = .ended
    connection = nil
    timer?.cancel()
    timer = nil
    continuation.resume(returning: outcome)
  }

  // MARK: Connecting

  private func connect(on loop: any EventLoop) {
    guard let address = remaining.popFirst() else {
      let count = addressCount > 1 ? " (the last of \(addressCount) addresses)" : ""
      return end(.noAnswer(lastFailure + count))
    }
    phase = .connecting
    // The last address may use up the remaining time: the attempt's own timer ends that.
    let patience =
      remaining.isEmpty
      ? timeLeft + .seconds(1)
      : max(timeLeft / (remaining.count + 1), .seconds(2))
    opener.open(
      to: address, ConnectionKey(request.url), patience: TimeAmount(patience), on: loop,
      for: NIOLoopBound(self, eventLoop: loop)
    )
    .assumeIsolated().whenFailure { error in
      self.cannotConnect(to: address, error, on: loop)
    }
  }

  /// The handler of the connection that is being opened.
  func isOpening(_ connection: ConnectionHandler) { self.connection = connection }

  private func cannotConnect(to address: IPAddress, _ error: any Error, on loop: any EventLoop) {
    guard phase == .connecting else { return }
    connection = nil
    if let words = SendFailure.shortage(error, to: address) {
      return end(.notSent(words))
    }
    lastFailure = SendFailure.words(error)
    connect(on: loop)
  }

  // MARK: Time

  private var timeLeft: Duration { max(ContinuousClock.now.duration(to: deadline), .zero) }

  func handleScheduledCallback(eventLoop: some EventLoop) {
    timer = nil
    switch phase {
    case .new, .connecting: giveUp(.noAnswer("no connection within \(limit)"))
    case .securing: giveUp(.noAnswer("the TLS handshake was not finished within \(limit)"))
    case .exchanging: giveUp(.noAnswer("no answer within \(limit)"))
    case .ended: break
    }
  }

  /// The event loop is ending, and every wait with it.
  func didCancelScheduledCallback(eventLoop: some EventLoop) {
    giveUp(.noAnswer("the server stopped before an answer came"))
  }

  private func giveUp(_ outcome: SendResult) {
    guard continuation != nil else { return }
    // This comes first, because closing a connection that is being opened also fails its future.
    phase = .ended
    let answer = connection?.abort()
    end(answer?.outcome ?? outcome)
  }
}
