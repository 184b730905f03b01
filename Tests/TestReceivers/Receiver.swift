import NIOCore
public import NIOHTTP1
import NIOPosix
public import NIOSSL
import Synchronization
import TestSupport

/// An HTTP server on loopback that answers according to a script and remembers the requests.
public final class Receiver: Sendable {
  public struct Request: Sendable {
    public let head: HTTPRequestHead
    public let body: String
    /// The port of the client, by which connections are distinguished.
    public let port: Int?
    public let received: ContinuousClock.Instant

    /// A header's value; nil unless there is exactly one.
    public func header(_ name: String) -> String? {
      let values = head.headers[name]
      return values.count == 1 ? values[0] : nil
    }
  }

  private struct Record {
    var requests: [Request] = []
    var serverNames: [String?] = []
    var connections: [any Channel] = []
    var connectionCount = 0
    var bytesWritten = 0
    var replyCount = 0
  }

  private let record = Mutex(Record())
  private let answers: [ScriptedAnswer]
  private let listener: any Channel

  /// - Parameters:
  ///   - tls: Certificate and key; nil for plain HTTP.
  ///   - maximumVersion: The latest version of TLS that is offered.
  ///   - answers: The answers to the requests, in order; the last is repeated.
  public static func run<Result>(
    on host: String = "127.0.0.1", port: Int = 0, tls: TestCertificates.Identity? = nil,
    maximumVersion: TLSVersion? = nil,
    answers: [ScriptedAnswer] = [.reply(200)],
    _ body: (Receiver) async throws -> Result
  ) async throws -> Result {
    let accepted = Mutex<Receiver?>(nil)
    let context = try tls.map { identity in
      var configuration = try identity.serverConfiguration()
      if let maximumVersion {
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = maximumVersion
      }
      configuration.sslContextCallback = { values, promise in
        accepted.withLock { $0 }?.record.withLock { $0.serverNames.append(values.serverHostname) }
        promise.succeed(.noChanges)
      }
      return try NIOSSLContext(configuration: configuration)
    }
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 512)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let receiver = accepted.withLock({ $0 }) else { throw TestError("too early") }
          receiver.accept(channel)
          let pipeline = channel.pipeline.syncOperations
          if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
          try pipeline.addHandler(ReceiverHandler(receiver))
        }
      }
      // The port is free until the receiver takes connections.
      .serverChannelOption(.autoRead, value: false)
      .bind(host: host, port: port).get()
    let receiver = Receiver(listener, answers)
    accepted.withLock { $0 = receiver }
    try await listener.setOption(.autoRead, value: true).get()
    return try await ending {
      try? await listener.close()
      await receiver.closeConnections()
    } _: {
      try await body(receiver)
    }
  }

  private init(_ listener: any Channel, _ answers: [ScriptedAnswer]) {
    self.listener = listener
    self.answers = answers
  }

  public var port: Int { listener.localAddress?.port ?? 0 }
  public var requests: [Request] { record.withLock { $0.requests } }
  public var serverNames: [String?] { record.withLock { $0.serverNames } }
  /// The number of connections accepted.
  public var connectionCount: Int { record.withLock { $0.connectionCount } }
  /// The number of connections that are open.
  public var openConnections: Int { record.withLock { $0.connections.count } }
  /// Bytes of bodies that the network has taken.
  public var bytesWritten: Int { record.withLock { $0.bytesWritten } }

  /// Closes the connections from this side.
  public func closeConnections() async {
    for channel in record.withLock({ $0.connections }) {
      try? await channel.close(mode: .all).get()
    }
  }

  /// Sends bytes nobody asked for on every connection.
  public func blurt() async throws {
    for channel in record.withLock({ $0.connections }) {
      try await channel.pipeline.handler(type: ReceiverHandler.self).map { $0.blurt() }.get()
    }
  }

  private func accept(_ channel: any Channel) {
    record.withLock {
      $0.connections.append(channel)
      $0.connectionCount += 1
    }
    channel.closeFuture.whenComplete { _ in
      self.record.withLock { $0.connections.removeAll { $0 === channel } }
    }
  }

  func answer(to request: Request) -> ScriptedAnswer {
    let index = record.withLock { record in
      record.requests.append(request)
      return record.requests.count - 1
    }
    return answers[min(index, answers.count - 1)]
  }

  /// The number of complete answers given.
  public var replyCount: Int { record.withLock { $0.replyCount } }

  func replied() { record.withLock { $0.replyCount += 1 } }

  func wrote(_ count: Int) { record.withLock { $0.bytesWritten += count } }
}
