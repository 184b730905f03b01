import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Postgres
import TestSupport
import Testing

@testable import API

@Suite struct ThreadTests {
  private struct Witness: RequestContent {
    @TaskLocal static var loop: (any EventLoop)?
    let isOnLoop: Bool?

    init(_ fields: inout BodyFields) { isOnLoop = Self.loop?.inEventLoop }
  }

  private static func request(length: Int) -> Request {
    let json = "{\(String(repeating: " ", count: length - 2))}"
    return Request(
      head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/tickets"),
      body: .init(buffer: ByteBuffer(string: json)))
  }

  @Test(
    "a body above 64 KiB is parsed elsewhere than on its connection's event loop, and answered there",
    arguments: [(2, true), (64 << 10, true), (64 << 10 + 1, false), (1 << 20, false)])
  func thread(length: Int, isOnLoop: Bool) async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.any()
    try await Task(executorPreference: EventLoopExecutor(loop)) {
      try await Witness.$loop.withValue(loop) {
        let request = Self.request(length: length)
        #expect(try await API.RequestBody.read(Witness.self, of: request).isOnLoop == isOnLoop)
        #expect(loop.inEventLoop)
        let (witness, _) = try await API.RequestBody.readWithKey(Witness.self, of: request)
        #expect(witness.isOnLoop == isOnLoop)
        #expect(loop.inEventLoop)
      }
    }.value
  }

  private static let selectText = Statement("select repeat('x', $1) as text", .int4)

  @Test("an answer above 256 KiB is written elsewhere, and one below on the event loop")
  func answer() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.any()
    let pool = try PostgresPool(
      PostgresConfiguration(url: try TestServer.shared.url(database: "postgres")),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await pool.run() }
      defer { group.cancelAll() }
      for (length, isOnLoop) in [(1000, true), (300_000, false)] {
        let rows = try await pool.read(Self.selectText(.int4(Int32(length))))
        try await Task(executorPreference: EventLoopExecutor(loop)) {
          _ = try await render(rows[...]) { capacity in
            #expect(loop.inEventLoop == isOnLoop)
            return JSONWriter(capacity: capacity)
          }
          #expect(loop.inEventLoop)
        }.value
      }
    }
  }
}
