import NIOCore

/// Tells the gate when bytes arrived that did not complete a message's head. Stands before the
/// decoder, which handles the bytes while they are passed on.
final class HeadWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let gate: MessageGate

  init(_ gate: MessageGate) { self.gate = gate }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let seen = gate.partsSeen
    context.fireChannelRead(data)
    if gate.partsSeen == seen { gate.headIsIncomplete() }
  }
}
