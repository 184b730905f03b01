import NIOCore
import NIOPosix
import TestSupport

/// A port whose queue of connections is full: connecting to it gets no reply.
public enum SilentListener {
  public static func run(on host: String, port: Int, _ body: () async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 0)
      // Whoever listens here next may do so at once.
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.autoRead, value: false)
      .bind(host: host, port: port).get()
    var waiting: [any Channel] = []
    do {
      // Linux accepts one more than the queue's length, and then drops packets.
      while true {
        waiting.append(
          try await ClientBootstrap(group: group).connectTimeout(.milliseconds(200))
            .connect(host: host, port: port).get())
      }
    } catch ChannelError.connectTimeout {
    }
    try await ending {
      for channel in waiting { try? await channel.close() }
      try await listener.close()
    } _: {
      try await body()
    }
  }
}
