import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Testing

@testable import API

@Suite struct BodyThreadTests {
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
}
