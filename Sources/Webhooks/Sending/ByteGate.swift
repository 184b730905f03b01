import NIOCore

/// Shows each piece of decrypted input to the connection's handler before it is decoded, because the
/// decoder silently skips any number of bytes: empty lines, reason phrases, informational answers.
final class ByteGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let handler: ConnectionHandler

  init(_ handler: ConnectionHandler) { self.handler = handler }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard handler.admits(Self.unwrapInboundIn(data)) else { return }
    context.fireChannelRead(data)
  }
}
