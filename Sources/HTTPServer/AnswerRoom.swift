package import NIOCore
import Synchronization

/// The memory that the answer to one request takes.
package final class AnswerRoom: Sendable {
  private let memory: ResponseMemory
  private let channel: (any Channel)?
  private let room = Mutex<ResponseMemory.Room?>(nil)

  package init(_ memory: ResponseMemory, _ channel: (any Channel)?) {
    self.memory = memory
    self.channel = channel
  }

  /// Makes room for an answer before it is read.
  /// - Parameter bytes: what its rows and its JSON take
  /// - Throws: `ResponseMemoryFull` when no room was made in time
  package func make(_ bytes: Int) async throws {
    guard let channel else { return }
    let made = try await memory.room(bytes, for: channel)
    room.withLock { $0 = made }
  }

  /// The answer, which keeps its room until its connection takes over. If it is not small and its size
  /// was not known beforehand, it waits for room now.
  package func hold(_ response: Response) async throws -> Response {
    let length = response.length
    if length > ResponseMemory.small, room.withLock({ $0 == nil }), let channel {
      let made = try await memory.room(length, for: channel, isRendered: true)
      room.withLock { $0 = made }
    }
    guard let room = room.withLock({ $0.take() }) else { return response }
    room.resize(to: length)
    var response = response
    response.room = room
    return response
  }
}
