import NIOCore

/// Hands what arrives to the decoder: in pieces, while there is room for the requests in them, since the
/// decoder makes requests of all it is given. Tells the gate when a message's head has begun to arrive.
final class Intake: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// Bytes: about 200 of the shortest requests.
  private static let piece = 4 << 10

  private let gate: MessageGate
  private let requests: RequestQueue
  /// What the socket brought and nobody has room for.
  private var held: ByteBuffer?
  private var holdsEnd = false
  private var isDelivering = false

  init(_ gate: MessageGate, _ requests: RequestQueue) {
    self.gate = gate
    self.requests = requests
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if held == nil, bytes.readableBytes <= Self.piece { return pass(bytes, context) }
    if held?.writeBuffer(&bytes) == nil { held = bytes }
    deliver(context)
  }

  func read(context: ChannelHandlerContext) {
    guard held != nil else { return context.read() }
    guard !isDelivering else { return }
    deliver(context)
    context.fireChannelReadComplete()
    // With something still held, the queue remembers that it owes the read.
    context.pipeline.read()
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
    // The decoder would keep what it does not decode.
    guard gate.takesInput else { return }
    let seen = gate.partsSeen
    context.fireChannelRead(wrapInboundOut(bytes))
    guard held == nil else { return }
    if gate.partsSeen == seen
      ? bytes.lineEnds.count < bytes.readableBytes : gate.mayLeaveHead(bytes)
    {
      gate.headIsIncomplete()
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if held != nil, event as? ChannelEvent == .inputClosed {
      holdsEnd = true
      // Nothing else asks for what is held: nothing more arrives.
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

extension ByteBuffer {
  /// The line ends at the end.
  var lineEnds: ByteBufferView {
    let view = readableBytesView
    let last = view.lastIndex { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    return last.map { view[($0 + 1)...] } ?? view
  }
}
