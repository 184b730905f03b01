package import Logging
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// An HTTP/1.1 server: the limits and deadlines of docs/operations.md, and one task for each
/// connection, which answers its requests in turn.
///
/// A graceful shutdown closes the port and the connections that are between requests. The others close
/// after the answer that is under way.
package struct HTTPServer: Service {
  private static let backlog: Int32 = 1024

  private let host: String
  private let port: Int
  private let responder: any Responder
  private let deadlines: ConnectionDeadlines
  private let limits: ConnectionLimits
  private let memory: ResponseMemory
  private let logger: Logger
  private let beforeListening: @Sendable () async throws -> Void
  private let onListening: @Sendable (Int) async -> Void
  private let dates = DateHeader()

  /// - Parameters:
  ///   - host: a name or address to listen on
  ///   - port: 0 lets the system choose
  ///   - memory: what unread answers take counts there
  ///   - beforeListening: must have succeeded before the first connection is accepted
  ///   - onListening: is told the port once connections are accepted
  package init(
    host: String, port: Int, responder: any Responder,
    deadlines: ConnectionDeadlines = ConnectionDeadlines(),
    limits: ConnectionLimits = ConnectionLimits(), memory: ResponseMemory, logger: Logger,
    beforeListening: @escaping @Sendable () async throws -> Void = {},
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.host = host
    self.port = port
    self.responder = responder
    self.deadlines = deadlines
    self.limits = limits
    self.memory = memory
    self.logger = logger
    self.beforeListening = beforeListening
    self.onListening = onListening
  }

  /// Serves until it is told to stop. Throws what `beforeListening` threw, or why the port cannot be had.
  package func run() async throws {
    try await beforeListening()
    guard !Task.isShuttingDownGracefully else { return }
    let group = MultiThreadedEventLoopGroup.singleton
    let quiescing = ServerQuiescingHelper(group: group)
    let listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: Self.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { [logger] channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(AcceptPause(logger))
          try pipeline.addHandler(quiescing.makeServerChannelHandler(channel: channel))
        }
      }
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .bind(host: host, port: port, serverBackPressureStrategy: nil) { channel in
        channel.eventLoop.makeCompletedFuture { try setUp(channel) }
      }
    await withGracefulShutdownHandler {
      await onListening(listener.channel.localAddress?.port ?? port)
      await withDiscardingTaskGroup { tasks in
        do {
          try await listener.executeThenClose { connections in
            for try await connection in connections { tasks.addTask { await connection.run() } }
          }
        } catch {
          logger.error("accepting connections failed", metadata: ["error": .string("\(error)")])
        }
      }
    } onGracefulShutdown: {
      quiescing.initiateShutdown(promise: nil)
    }
  }

  private func setUp(_ channel: any Channel) throws -> Connection {
    // Without this, the system holds megabytes per connection that nobody reads and nothing counts.
    try? channel.syncOptions?.setOption(.mostUnsent, value: 128 << 10)
    let pipeline = channel.pipeline.syncOperations
    let requests = RequestQueue(channel)
    var decoderLimits = NIOHTTPDecoderLimitConfiguration()
    decoderLimits.maxHeaderFieldSize = 16 << 10
    decoderLimits.maxHeaderListSize = 32 << 10
    decoderLimits.maxHeaderFieldCount = 100
    try pipeline.addHandler(WriteWatch(deadlines.write, memory: memory))
    try pipeline.addHandler(Intake(requests))
    try pipeline.configureHTTPServerPipeline(
      withPipeliningAssistance: false, withErrorHandling: false,
      withOutboundHeaderValidation: false, withEncoderConfiguration: .init(),
      withDecoderLimitConfiguration: decoderLimits)
    try pipeline.addHandler(
      MessageGate(
        isUnderLimits: limits.enter(channel), responder: responder, requests: requests,
        deadlines: deadlines))
    return Connection(channel: channel, requests: requests, responder: responder, dates: dates)
  }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
  /// Linux's `TCP_NOTSENT_LOWAT`: the system takes no more while this many bytes are unsent.
  fileprivate static var mostUnsent: Self {
    Self(level: .tcp, name: NIOBSDSocket.Option(rawValue: 25))
  }
}
