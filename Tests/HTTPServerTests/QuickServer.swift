import HTTPTypes
import Logging
import Synchronization
import TestSupport

@testable import HTTPServer

/// A server with deadlines short enough to wait for, and with answers that a test chooses.
struct QuickServer: Sendable {
  let port: Int

  func connect() throws -> RawConnection { try RawConnection(port: port) }

  /// Waits until a new connection is accepted and its request answered with the status.
  func waitForRoom(_ request: String, status: Int = 200) async throws {
    try await eventually("there was room") {
      do {
        return try await connect().exchange(request).status == status
      } catch is TestError {
        return false
      }
    }
  }

  static func with(
    _ deadlines: ConnectionDeadlines = ConnectionDeadlines(),
    limits: ConnectionLimits = ConnectionLimits(), memory: ResponseMemory = ResponseMemory(),
    answer: @escaping @Sendable (Request) async -> Response = { _ in Response(body: "fine") },
    _ body: @Sendable (QuickServer) async throws -> Void
  ) async throws {
    let port = Mutex<Int?>(nil)
    let server = HTTPServer(
      host: "127.0.0.1", port: 0, responder: ClosureResponder(answer: answer),
      deadlines: deadlines, limits: limits, memory: memory,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      onListening: { given in port.withLock { $0 = given } })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      defer { group.cancelAll() }
      try await eventually("it listened") { port.withLock { $0 != nil } }
      try await body(QuickServer(port: port.withLock { $0 ?? 0 }))
    }
  }

  /// An error's body in the form that clients expect.
  static let error = #"{"error":{"code":"test"}}"#

  /// Answers when the whole body has arrived.
  static let readAll: @Sendable (Request) async -> Response = { request in
    let body = try? await request.wholeBody(upTo: Request.largestBody)
    return Response(status: body == nil ? .badRequest : .ok)
  }

  private struct ClosureResponder: Responder {
    let answer: @Sendable (Request) async -> Response

    func respond(to request: Request) async -> Response { await answer(request) }

    func respond(to refusal: Refusal, requestID: String) -> Response {
      Response(status: refusal.status, body: QuickServer.error)
    }
  }
}
