import TestSupport
import Testing

@testable import Postgres

@Suite("Batcher", .serialized, .database, .timeLimit(.minutes(1))) struct BatcherTests {
  /// Lends a batcher that doubles each input; an input of 0 divides by zero. Each unit takes two numbers
  /// from the sequence. The unit with an input of 1 waits for the lock, and takes one.
  private func doubling(
    largest: Int = 64, limit: Int = 4096, settings: PostgresConfiguration = configured(),
    _ body: (Batcher<Int32, Int>, PostgresPool, AdvisoryLock) async throws -> Void
  ) async throws {
    let statement = Statement(
      "select n * 2, 1 / n from unnest($1) with ordinality as t (n, i) order by i", .int4Array)
    let count = Statement("select nextval('units')")
    try await withSchemaPool(schema: "create sequence units", settings: settings) { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        let batcher = Batcher<Int32, Int>(
          pool, largest: largest, limit: limit,
          unit: { inputs in
            let first = inputs == [1] ? lock.unit.queries[0] : count()
            return UnitOfWork(.read, first, count(), statement(.int4Array(inputs)))
          },
          split: { inputs, rows throws(PostgresError) in
            try rows[2].map { row throws(PostgresError) in try row.int4() }
          })
        try await body(batcher, pool, lock)
      }
    }
  }

  @Test("a lone caller waits for nobody, and each call is a unit") func alone() async throws {
    try await doubling { batcher, pool, lock async throws in
      for i: Int32 in 2..<12 { #expect(try await batcher(i) == Int(i) * 2) }
      #expect(try await pool.int("select last_value::int from units") == 20)
    }
  }

  @Test("a crowd shares units, and each caller gets its own output")
  func crowd() async throws {
    try await doubling { batcher, pool, lock in
      try await lock.connections(3)
      try await withThrowingTaskGroup(of: (Int32, Int).self) { group in
        group.addTask { (1, try await batcher(1)) }
        try await lock.waiters(1)
        for i: Int32 in 2...201 { group.addTask { (i, try await batcher(i)) } }
        try await eventually("all wait") { batcher.waiting == 200 }
        try await lock.release()
        for try await (input, output) in group { #expect(output == Int(input) * 2) }
      }
      // 200 callers in batches of at most 64, two numbers each; one number for the one before.
      let units = (try await pool.int("select last_value::int from units") - 1) / 2
      #expect(units == 4)
      #expect(batcher.waiting == 0)
      #expect(try await batcher(5) == 10)
    }
  }

  @Test("an error reaches all of its batch, and no other") func error() async throws {
    try await doubling(largest: 10) { batcher, pool, lock in
      try await withThrowingTaskGroup(of: String?.self) { group in
        group.addTask { (await failure { try await batcher(1) })?.sqlState }
        try await lock.waiters(1)
        for i: Int32 in 0..<30 {
          group.addTask { (await failure { try await batcher(i == 0 ? 0 : i + 1) })?.sqlState }
        }
        try await eventually("all wait") { batcher.waiting == 30 }
        try await lock.release()
        var states: [String] = []
        for try await state in group { if let state { states.append(state) } }
        #expect(states == Array(repeating: "22012", count: 10))
      }
      #expect(try await batcher(5) == 10)
    }
  }

  @Test("a pool that has ended refuses every caller") func ended() async throws {
    var ended: PostgresPool?
    try await withSchemaPool { pool, _ in ended = pool }
    let pool = try #require(ended)
    let batcher = Batcher<Int32, Int>(
      pool, largest: 2, unit: { _ in UnitOfWork(.read, Statement("select 1")()) },
      split: { inputs, _ throws(PostgresError) in inputs.map(Int.init) })
    await withTaskGroup(of: PostgresError?.self) { group in
      for i: Int32 in 1...200 { group.addTask { await failure { try await batcher(i) } } }
      for await error in group { #expect(error == .closed) }
    }
  }

  @Test("one input too many is refused") func limit() async throws {
    try await doubling(limit: 5) { batcher, pool, lock in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { _ = try await batcher(1) }
        try await lock.waiters(1)
        for i: Int32 in 2..<7 { group.addTask { _ = try await batcher(i) } }
        try await eventually("five wait") { batcher.waiting == 5 }
        #expect(await failure { try await batcher(9) } == .queueFull)
        try await lock.release()
        try await group.waitForAll()
      }
    }
  }

  @Test("a split that forgets a caller is an error for all, not a hang") func forgetful()
    async throws
  {
    try await withSchemaPool { pool, _ in
      let batcher = Batcher<Int, Int>(
        pool, unit: { _ in UnitOfWork(.read, Statement("select 1")()) },
        split: { _, _ throws(PostgresError) in [] })
      #expect(await failure { try await batcher(1) }?.kind == "decoding")
      #expect(await failure { try await batcher(1) }?.kind == "decoding")
    }
  }

  @Test("an input that waited too long behind a stuck unit times out, and shortens no other's time")
  func late() async throws {
    try await doubling(settings: configured { $0.timeout = .seconds(4) }) { batcher, pool, lock in
      try await withThrowingTaskGroup(of: PostgresError?.self) { group in
        group.addTask { await failure { try await batcher(1) } }
        try await lock.waiters(1)
        for i: Int32 in 2..<300 { group.addTask { await failure { try await batcher(i) } } }
        var kinds: Set<String> = []
        for try await error in group { if let error { kinds.insert(error.kind) } }
        #expect(kinds.contains("server"))
        #expect(kinds.isSubset(of: ["server", "timeout"]))
      }
      try await lock.release()
      #expect(try await batcher(5) == 10)
    }
  }
}
