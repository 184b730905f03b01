import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Opens connections, each to one address.
final class ConnectionOpener: Sendable {
  private let tls: NIOSSLContext
  let idleConnections: IdleConnections

  init(_ tls: NIOSSLContext, _ idleConnections: IdleConnections) {
    self.tls = tls
    self.idleConnections = idleConnections
  }

  /// Connects to the address, tells the attempt, and begins TLS if the key asks for it.
  ///
  /// - Parameters:
  ///   - patience: How long to wait for the peer to accept.
  ///   - attempt: Bound to `loop`.
  /// - Returns: A future that fails if no connection is made. Later events are reported only to the
  ///   attempt.
  func open(
    to address: IPAddress, _ key: ConnectionKey, patience: TimeAmount, on loop: any EventLoop,
    for attempt: NIOLoopBound<OutgoingAttempt>
  ) -> EventLoopFuture<any Channel> {
    let socketAddress: SocketAddress
    do {
      socketAddress = try SocketAddress(address, port: key.port)
    } catch {
      return loop.makeFailedFuture(error)
    }
    return ClientBootstrap(group: loop)
      .connectTimeout(patience)
      .channelInitializer { channel in
        self.idleConnections.count(channel)
        return channel.eventLoop.makeCompletedFuture {
          try self.addHandlers(channel, key, address, attempt.value)
        }
      }
      .connect(to: socketAddress)
  }

  private func addHandlers(
    _ channel: any Channel, _ key: ConnectionKey, _ address: IPAddress, _ attempt: OutgoingAttempt
  ) throws {
    let secure =
      key.scheme == .https
      ? try NIOSSLClientHandler(context: tls, serverHostname: key.serverName) : nil
    let handler = ConnectionHandler(
      key, address, for: attempt, tls: secure, idleConnections: idleConnections)
    attempt.isOpening(handler)
    let pipeline = channel.pipeline.syncOperations
    if let secure { try pipeline.addHandler(secure) }
    try pipeline.addHandler(ByteGate(handler))
    // The sender sets the framing headers itself.
    var framing = HTTPRequestEncoder.Configuration()
    framing.automaticallySetFramingHeaders = false
    try pipeline.addHandler(HTTPRequestEncoder(configuration: framing))
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = 16 << 10
    limits.maxHeaderListSize = 64 << 10
    try pipeline.addHandler(
      ByteToMessageHandler(
        HTTPResponseDecoder(informationalResponseStrategy: .drop, limitConfiguration: limits)))
    try pipeline.addHandler(handler)
  }
}

extension SocketAddress {
  init(_ address: IPAddress, port: UInt16) throws {
    var bytes = ByteBuffer()
    switch address.family {
    case .v4: bytes.writeInteger(UInt32(truncatingIfNeeded: address.bits))
    case .v6: bytes.writeInteger(address.bits)
    }
    try self.init(packedIPAddress: bytes, port: Int(port))
  }
}
