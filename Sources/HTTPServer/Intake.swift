import NIOCore
import Synchronization

/// Hands incoming bytes to the decoder in pieces, while the queue has room for the requests in them: the
/// decoder decodes everything that it is given.
final class Intake: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// Follows each piece through the pipeline. When it arrives, the piece's messages have been decoded.
  struct PieceDecoded {
    let bytes: ByteBuffer
    /// True if nothing else has arrived so far.
    let isLast: Bool
  }

  /// About 200 of the shortest requests, in bytes.
  private static let piece = 4 << 10

  private let requests: RequestQueue
  /// Bytes that the queue has no room for yet.
  private var held: ByteBuffer?
  private var holdsEnd = false
  private var isDelivering = false

  init(_ requests: RequestQueue) { self.requests = requests }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if held == nil, bytes.readableBytes <= Self.piece { return pass(bytes, context) }
    if held?.writeBuffer(&bytes) == nil { held = bytes }
    deliver(context)
  }

  func read(context: ChannelHandlerContext) {
    guard requests.mayReadOrWillAsk() else { return }
    guard held != nil else { return context.read() }
    guard !isDelivering else { return }
    deliver(context)
    context.fireChannelReadComplete()
    read(context: context)
  }

  private func deliver(_ context: ChannelHandlerContext) {
    isDelivering = true
    while var bytes = held, requests.mayRead {
      let piece = bytes.readSlice(length: min(Self.piece, bytes.readableBytes)) ?? ByteBuffer()
      held = bytes.readableBytes > 0 ? bytes : nil
      pass(piece, context)
    }
    isDelivering = false
    guard held == nil, holdsEnd else { return }
    holdsEnd = false
    context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
  }

  private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    // The decoder would keep bytes that it does not decode.
    guard requests.takesInput.load(ordering: .relaxed) else { return }
    context.fireChannelRead(wrapInboundOut(bytes))
    context.fireUserInboundEventTriggered(PieceDecoded(bytes: bytes, isLast: held == nil))
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if held != nil, event as? ChannelEvent == .inputClosed {
      holdsEnd = true
      // Nothing else will ask for the held bytes, since nothing more arrives.
      context.pipeline.read()
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    held = nil
    context.fireChannelInactive()
  }
}
