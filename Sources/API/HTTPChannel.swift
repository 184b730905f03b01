import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// An HTTP/1.1 connection: NIO's codec, the limits of docs/operations.md, openapi.yaml's errors, and the one
/// task that answers its requests in turn, on the connection's event loop.
struct HTTPChannel<Responder: HTTPResponder<ServerContext>>: ServerChildChannel {
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    let requests: RequestQueue
  }

  let responder: Responder
  let limits: ConnectionLimits
  let memory: ResponseMemory
  let report: RequestReport
  let logger: Logger
  private let deadlines: ConnectionDeadlines
  private let dates = DateHeader()

  init(
    responder: Responder, limits: ConnectionLimits, memory: ResponseMemory, report: RequestReport,
    logger: Logger, deadlines: ConnectionDeadlines
  ) {
    self.responder = responder
    self.limits = limits
    self.memory = memory
    self.report = report
    self.logger = logger
    self.deadlines = deadlines
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      try? channel.syncOptions?.setOption(.mostUnsent, value: 128 << 10)
      let pipeline = channel.pipeline.syncOperations
      let requests = RequestQueue(channel)
      let gate = MessageGate(
        isAdmitted: limits.enter(channel), report: report, requests: requests, deadlines: deadlines)
      try pipeline.addHandler(WriteWatch(deadlines.write, memory: memory, report: report))
      try pipeline.addHandler(Intake(gate, requests))
      var decoderLimits = NIOHTTPDecoderLimitConfiguration()
      decoderLimits.maxHeaderFieldSize = 16 << 10
      decoderLimits.maxHeaderListSize = 32 << 10
      decoderLimits.maxHeaderFieldCount = 100
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: false, withErrorHandling: false,
        withOutboundHeaderValidation: false, withEncoderConfiguration: .init(),
        withDecoderLimitConfiguration: decoderLimits)
      try pipeline.addHandler(gate)
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      try pipeline.addHandler(
        HTTPConnectionStateHandler(
          idleTimeout: .nanoseconds(deadlines.idle.nanoseconds), logger: logger))
      try pipeline.addHandler(requests)
      return Value(channel: channel, requests: requests)
    }
  }

  func handle(value: Value, logger: Logger) async {
    let channel = value.channel
    await withTaskExecutorPreference(EventLoopExecutor(channel.eventLoop)) {
      await withTaskCancellationHandler {
        await answer(value.requests, on: channel)
        channel.close(promise: nil)
        // Comes soon: the gate bounds how long a connection drains and lingers. An error changes nothing.
        try? await channel.closeFuture.get()
      } onCancel: {
        channel.pipeline.fireUserInboundEventTriggered(MessageGate.GiveUp())
      }
    }
  }

  private func answer(_ requests: RequestQueue, on channel: any Channel) async {
    let context = ServerContext(
      source: ApplicationRequestContextSource(channel: channel, logger: self.logger))
    while let (request, body) = await requests.next() {
      do {
        var response = try await responder.respond(to: request, context: context)
        body?.abandon()
        response.headers[.date] = dates.now()
        channel.write(HTTPResponsePart.head(response.head), promise: nil)
        try await response.body.write(ChannelWriter(channel: channel))
      } catch {
        // Half an answer cannot be mended: closing tells the client.
        return logger.error(
          "answer given up", metadata: ["error": .string(String(reflecting: error))])
      }
      if request.headers[.connection] == "close" { return }
    }
  }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
  /// `TCP_NOTSENT_LOWAT` of Linux: bytes that the system takes before it has sent those before them. Without
  /// it, megabytes that nobody reads lie there for each connection, where they are not counted.
  fileprivate static var mostUnsent: Self {
    Self(level: .tcp, name: NIOBSDSocket.Option(rawValue: 25))
  }
}

/// Writes a response's body to its connection.
private struct ChannelWriter: ResponseBodyWriter {
  let channel: any Channel

  mutating func write(_ buffer: ByteBuffer) async throws {
    channel.write(HTTPResponsePart.body(buffer), promise: nil)
  }

  consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
    channel.writeAndFlush(HTTPResponsePart.end(trailingHeaders), promise: nil)
  }
}
