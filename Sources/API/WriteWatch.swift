import NIOCore

/// Closes a connection whose other side does not read what it is sent: each must take some of its answer
/// within the deadline. Costs nothing while the socket takes all.
final class WriteWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// Bytes that must leave within the deadline; less is no reading.
  private static let least = 64 << 10
  private static let looks: Int64 = 4

  private let deadline: TimeAmount
  private let report: RequestReport
  private var look: Scheduled<Void>?

  init(_ deadline: TimeAmount, report: RequestReport) {
    self.deadline = deadline
    self.report = report
  }

  func handlerRemoved(context: ChannelHandlerContext) { look?.cancel() }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    look?.cancel()
    look = nil
    if !context.channel.isWritable { lookLater(context, mark: .max, stalls: 0) }
    context.fireChannelWritabilityChanged()
  }

  /// - Parameters:
  ///   - mark: bytes that waited when enough had left last
  ///   - stalls: looks since
  private func lookLater(_ context: ChannelHandlerContext, mark: Int, stalls: Int64) {
    let pause = TimeAmount.nanoseconds(deadline.nanoseconds / Self.looks)
    look = context.eventLoop.assumeIsolated().scheduleTask(in: pause) {
      let waiting = try context.channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
      if mark - waiting >= Self.least {
        self.lookLater(context, mark: waiting, stalls: 0)
      } else if stalls + 1 < Self.looks {
        self.lookLater(context, mark: mark, stalls: stalls + 1)
      } else {
        self.report.readerStalled()
        context.close(promise: nil)
      }
    }
  }
}
