import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import HTTPServer

@Suite("The memory of answers", .timeLimit(.minutes(1))) struct ResponseMemoryTests {
  private static let mebibyte = 1 << 20

  /// A connection that stays open until it is closed.
  private func connection() async throws -> Channel {
    try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0).get()
  }

  private typealias Channel = any NIOCore.Channel

  @Test("Large answers wait their turn, in order, and leave room for the others")
  func turns() async throws {
    let memory = ResponseMemory(capacity: 20 << 20, reserve: 4 << 20)
    let channel = try await connection()
    let first = try await memory.room(9 << 20, for: channel)
    first.resize(to: 8 << 20)
    async let second = memory.room(9 << 20, for: channel)
    try await eventually("the second waits") { memory.waiting == 1 }
    // This one would fit, but it came later.
    async let third = memory.room(2 << 20, for: channel)
    try await eventually("the third waits") { memory.waiting == 2 }
    #expect(memory.used == 8 << 20)
    // Small answers go ahead, to the last free byte.
    let small = try await memory.room(Self.mebibyte, for: channel)
    #expect(memory.used == 9 << 20)
    small.release()
    first.release()
    try await second.release()
    try await third.release()
    #expect(memory.used == 0 && memory.waiting == 0)
    try await channel.close()
  }

  @Test("No more than a few large answers are read at a time, however much room there is")
  func reading() async throws {
    let memory = ResponseMemory()
    let channel = try await connection()
    var rooms: [ResponseMemory.Room] = []
    for _ in 0..<4 { rooms.append(try await memory.room(2 << 20, for: channel)) }
    async let fifth = memory.room(2 << 20, for: channel)
    try await eventually("the fifth waits") { memory.waiting == 1 }
    rooms[2].resize(to: Self.mebibyte)
    #expect(try await fifth !== rooms[2])
    try await channel.close()
  }

  @Test("An answer that finds no room in time is refused, and no longer waits")
  func patience() async throws {
    let memory = ResponseMemory(capacity: 8 << 20, reserve: 0, patience: .milliseconds(100))
    let channel = try await connection()
    let all = try await memory.room(8 << 20, for: channel)
    await #expect(throws: ResponseMemoryFull.self) { try await memory.room(2 << 20, for: channel) }
    #expect(memory.waiting == 0)
    #expect(memory.used == 8 << 20)
    all.release()
    _ = try await memory.room(8 << 20, for: channel)
    try await channel.close()
  }

  @Test("A connection that ends waits no longer")
  func gone() async throws {
    let memory = ResponseMemory(capacity: 8 << 20, reserve: 0, patience: .seconds(50))
    let (stays, goes) = (try await connection(), try await connection())
    let all = try await memory.room(8 << 20, for: stays)
    let lost = Task { try await memory.room(4 << 20, for: goes) }
    try await eventually("it waits") { memory.waiting == 1 }
    try await goes.close()
    try await eventually("it waited no longer") { memory.waiting == 0 }
    await #expect(throws: ResponseMemoryFull.self) { try await lost.value }
    all.release()
    try await stays.close()
  }

  @Test("Bytes held by connections count, and make room for large answers when they leave")
  func counted() async throws {
    let memory = ResponseMemory(capacity: 8 << 20, reserve: 0)
    let channel = try await connection()
    memory.count(7 << 20)
    async let waits = memory.room(2 << 20, for: channel)
    try await eventually("it waits") { memory.waiting == 1 }
    memory.count(-6 << 20)
    let room = try await waits
    #expect(memory.used == 3 << 20)
    room.release()
    try await channel.close()
  }

  @Test("When too many answers wait, one more is refused at once")
  func crowd() async throws {
    let memory = ResponseMemory(capacity: 8 << 20, reserve: 0, mostWaiters: 20)
    let channel = try await connection()
    let all = try await memory.room(8 << 20, for: channel)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 { group.addTask { _ = try await memory.room(2 << 20, for: channel) } }
      try await eventually("they wait") { memory.waiting == 20 }
      await #expect(throws: ResponseMemoryFull.self) {
        try await memory.room(2 << 20, for: channel)
      }
      all.release()
      try await group.waitForAll()
    }
    #expect(memory.used == 0)
    try await channel.close()
  }
}
