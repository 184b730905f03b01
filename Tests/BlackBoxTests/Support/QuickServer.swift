import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization
import TestSupport

@testable import API

/// The server's connections in this process, with deadlines short enough to wait for and answers that a
/// test chooses.
struct QuickServer: Sendable {
  let port: Int

  func connect() throws -> RawConnection { try RawConnection(port: port) }

  static func with(
    _ deadlines: ConnectionDeadlines = ConnectionDeadlines(),
    limits: ConnectionLimits = ConnectionLimits(), memory: ResponseMemory = ResponseMemory(),
    answer: @escaping @Sendable (Request) async throws -> Response = { _ in
      Response(status: .ok, headers: [:], body: .init(byteBuffer: ByteBuffer(string: "fine")))
    },
    _ body: @Sendable (QuickServer) async throws -> Void
  ) async throws {
    var logger = Logger(label: "quick")
    logger.logLevel = .critical
    let port = Mutex<Int?>(nil)
    let responder = ClosureResponder(answer: answer)
    let application = Application(
      responder: responder,
      server: HTTPServerBuilder { [logger] _ in
        HTTPChannel(
          responder: responder, limits: limits, memory: memory, report: RequestReport(logger),
          logger: logger, deadlines: deadlines)
      }, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in port.withLock { $0 = channel.localAddress?.port } },
      logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await application.run() }
      defer { group.cancelAll() }
      try await eventually("it listened") { port.withLock { $0 != nil } }
      try await body(QuickServer(port: port.withLock { $0 ?? 0 }))
    }
  }

  private struct ClosureResponder: HTTPResponder {
    let answer: @Sendable (Request) async throws -> Response

    func respond(to request: Request, context: ServerContext) async throws -> Response {
      try await answer(request)
    }
  }
}
