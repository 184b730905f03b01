import NIOCore

/// Counts the bytes of answers that the socket has not taken, and closes a connection whose client takes
/// too little of its answer within the deadline. Does nothing while the socket takes everything.
final class WriteWatch: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// Bytes that the client must take within the deadline; taking fewer does not count as reading.
  private static let least = 16 << 10
  private static let looks: Int64 = 4
  /// Writes of at least this many bytes are subtracted from the count as soon as they have left.
  private static let piece = 32 << 10

  private let deadline: TimeAmount
  private let memory: ResponseMemory
  private var context: ChannelHandlerContext?
  private var look: Scheduled<Void>?
  /// Bytes that this handler has counted as waiting.
  private var counted = 0
  /// True while a write is pending that reports when everything before it has left.
  private var isMarked = false

  init(_ deadline: TimeAmount, memory: ResponseMemory) {
    self.deadline = deadline
    self.memory = memory
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    stop()
  }

  func channelInactive(context: ChannelHandlerContext) {
    stop()
    context.fireChannelInactive()
  }

  private func stop() {
    look?.cancel()
    look = nil
    count(0)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard unwrapOutboundIn(data).readableBytes >= Self.piece else {
      return context.write(data, promise: promise)
    }
    let left = promise ?? context.eventLoop.makePromise()
    left.futureResult.assumeIsolated().whenComplete { _ in self.measure() }
    context.write(data, promise: left)
  }

  func flush(context: ChannelHandlerContext) {
    context.flush()
    measure()
    guard counted > 0 else { return }
    if !isMarked {
      isMarked = true
      let left = context.eventLoop.makePromise(of: Void.self)
      left.futureResult.assumeIsolated().whenComplete { _ in
        self.isMarked = false
        self.measure()
      }
      context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: left)
    }
    if look == nil { lookLater(context, Progress(waiting: counted, acknowledged: nil), stalls: 0) }
  }

  private func measure() {
    guard let context else { return }
    count((try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
    if counted == 0 {
      look?.cancel()
      look = nil
    }
  }

  private func count(_ waiting: Int) {
    guard waiting != counted else { return }
    memory.count(waiting - counted)
    counted = waiting
  }

  // MARK: Readers that do not read

  /// The part of its answers that a client has taken.
  private struct Progress {
    /// Bytes that wait in this process.
    var waiting: Int
    /// Bytes that the client has acknowledged; nil if the system does not say. A socket's buffer asks for
    /// more only when much of it is free, so slow readers show up only here.
    var acknowledged: UInt64?

    func isAhead(of earlier: Progress, by least: Int) -> Bool {
      if earlier.waiting - waiting >= least { return true }
      guard let acknowledged, let before = earlier.acknowledged else { return false }
      return acknowledged >= before + UInt64(least)
    }
  }

  /// - Parameters:
  ///   - mark: the client's progress when it had last taken enough
  ///   - stalls: the number of checks since then
  private func lookLater(_ context: ChannelHandlerContext, _ mark: Progress, stalls: Int64) {
    let pause = TimeAmount.nanoseconds(deadline.nanoseconds / Self.looks)
    var mark = mark
    if mark.acknowledged == nil { mark.acknowledged = Self.acknowledged(context) }
    look = context.eventLoop.assumeIsolated().scheduleTask(in: pause) { [mark] in
      self.measure()
      guard self.counted > 0 else { return }
      let now = Progress(waiting: self.counted, acknowledged: Self.acknowledged(context))
      if now.isAhead(of: mark, by: Self.least) {
        self.lookLater(context, now, stalls: 0)
      } else if stalls + 1 < Self.looks {
        self.lookLater(context, mark, stalls: stalls + 1)
      } else {
        self.memory.readerStalled()
        context.close(promise: nil)
      }
    }
  }

  /// `tcp_info` of Linux up to `tcpi_bytes_acked`, at its 120th byte, which the C library's declaration
  /// lacks. Source: `include/uapi/linux/tcp.h`.
  private typealias TCPInfo = (
    UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
    UInt64, UInt64, UInt64, bytesAcknowledged: UInt64
  )

  private static func acknowledged(_ context: ChannelHandlerContext) -> UInt64? {
    guard let provider = context.channel as? any SocketOptionProvider else { return nil }
    let info: EventLoopFuture<TCPInfo> = provider.unsafeGetSocketOption(
      level: .tcp, name: .tcp_info)
    var bytes: UInt64?
    // Known at once, since this runs on the connection's own event loop.
    info.assumeIsolated().whenSuccess { bytes = $0.bytesAcknowledged }
    return bytes
  }
}
