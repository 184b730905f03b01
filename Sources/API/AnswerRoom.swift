import Helpdesk
import Hummingbird
import NIOCore
import Synchronization

/// The memory that the answer to one request takes.
final class AnswerRoom: Sendable {
  private let memory: ResponseMemory
  private let channel: any Channel
  private let room = Mutex<ResponseMemory.Room?>(nil)

  init(_ memory: ResponseMemory, _ channel: any Channel) {
    self.memory = memory
    self.channel = channel
  }

  /// Makes room for an answer before it is read.
  /// - Parameter bytes: what its rows and its JSON take
  /// - Throws: `APIError.unavailable` when no room was made in time
  func make(_ bytes: Int) async throws {
    let made = try await memory.room(bytes, for: channel)
    room.withLock { $0 = made }
  }

  /// Reads what has a page of items: at once if that is short, and else all of it, after making room.
  /// - Parameters:
  ///   - memory: what the whole takes, in bytes
  ///   - find: reads it
  func read<Found: Sendable>(
    _ page: (Found) -> ItemPage, memory: () async throws -> Int,
    _ find: (ItemPage.Extent) async throws -> Found
  ) async throws -> Found {
    let found = try await find(.short)
    guard page(found).isPartial else { return found }
    try await make(try await memory())
    return try await find(.whole)
  }

  /// The answer, which keeps its room until its connection has it. One whose size was not known before it was
  /// made waits for its room now, if it is not small.
  func hold(_ response: Response) async throws -> Response {
    let length = response.body.contentLength ?? 0
    if length > ResponseMemory.small, room.withLock({ $0 == nil }) {
      let made = try await memory.room(length, for: channel, isRendered: true)
      room.withLock { $0 = made }
    }
    guard let room = room.withLock({ $0.take() }) else { return response }
    room.resize(to: length)
    var response = response
    response.body = ResponseBody(contentLength: response.body.contentLength) {
      [body = response.body] writer in
      try await body.write(writer)
      room.release()
    }
    return response
  }
}
