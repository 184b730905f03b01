import NIOCore
import NIOHTTP1

/// One connection of a ``Receiver``.
final class ReceiverHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let receiver: Receiver
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  private var context: ChannelHandlerContext?

  init(_ receiver: Receiver) { self.receiver = receiver }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = ByteBuffer()
    case .body(var bytes): body.writeBuffer(&bytes)
    case .end:
      guard let head else { return }
      let request = Receiver.Request(
        head: head, body: String(buffer: body), port: context.channel.remoteAddress?.port,
        received: .now)
      answer(receiver.answer(to: request), context)
    }
  }

  // The test sees anything that a client does wrong.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func blurt() {
    if let context { raw("?", context) }
  }

  private func answer(_ answer: ScriptedAnswer, _ context: ChannelHandlerContext) {
    switch answer {
    case .reply(let status, let headers, let body): reply(status, headers, body, context)
    case .raw(let text, let thenClose):
      raw(text, context)
      if thenClose { context.close(promise: nil) }
    case .hang: break
    case .late(let delay, let status):
      context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
        if context.channel.isActive { self.reply(status, [], "", context) }
      }
    case .drip(let text):
      raw(text, context)
      drip(context)
    case .flood(let count):
      raw("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n", context)
      flood(count, ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 << 10), context)
    case .close: context.close(promise: nil)
    }
  }

  private func reply(
    _ status: Int, _ headers: [(String, String)], _ body: String, _ context: ChannelHandlerContext
  ) {
    var head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: status),
      headers: HTTPHeaders(headers))
    head.headers.add(name: "content-length", value: String(body.utf8.count))
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    receiver.replied()
  }

  /// Past the encoder, but not past TLS.
  private func raw(_ text: String, _ context: ChannelHandlerContext) {
    raw(ByteBuffer(string: text), context, promise: nil)
  }

  private func raw(
    _ bytes: ByteBuffer, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
  ) {
    let encoder = try? context.pipeline.syncOperations.context(
      handlerType: HTTPResponseEncoder.self)
    encoder?.writeAndFlush(NIOAny(IOData.byteBuffer(bytes)), promise: promise)
  }

  private func drip(_ context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    raw("x", context)
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { self.drip(context) }
  }

  private func flood(_ count: Int, _ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    guard count > 0, context.channel.isActive else { return }
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenSuccess {
      self.receiver.wrote(bytes.readableBytes)
      self.flood(count - bytes.readableBytes, bytes, context)
    }
    raw(bytes, context, promise: promise)
  }
}
