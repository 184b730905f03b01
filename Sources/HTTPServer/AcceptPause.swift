import Glibc
import Logging
import NIOCore

/// Pauses accepting connections while the system has no file descriptor or memory for one more. NIO
/// would try again at once, without end, since the connection that waits keeps the listening socket
/// readable. The first handler of the listening channel.
final class AcceptPause: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = any Channel
  typealias OutboundOut = any Channel

  private static let pause = TimeAmount.milliseconds(200)
  /// The time without a failure after which the log reports recovery: a free descriptor is often taken at
  /// once.
  private static let calm = TimeAmount.seconds(1)

  private let logger: Logger
  private var retry: Scheduled<Void>?
  private var recovery: Scheduled<Void>?
  private var isExhausted = false

  init(_ logger: Logger) { self.logger = logger }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError,
      [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode)
    else { return context.fireErrorCaught(error) }
    if !isExhausted {
      isExhausted = true
      logger.error(
        "no new connections are accepted for now: the system has nothing left for one",
        metadata: ["error": .string(String(cString: strerror(error.errnoCode)))])
    }
    let options = context.channel.syncOptions
    try? options?.setOption(.autoRead, value: false)
    retry?.cancel()
    recovery?.cancel()
    retry = context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
      self.retry = nil
      self.recovery = context.eventLoop.assumeIsolated().scheduleTask(in: Self.calm) {
        self.isExhausted = false
        self.logger.notice("new connections are accepted again")
      }
      try? options?.setOption(.autoRead, value: true)
    }
  }

  func read(context: ChannelHandlerContext) {
    if retry == nil { context.read() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    retry?.cancel()
    recovery?.cancel()
  }
}
