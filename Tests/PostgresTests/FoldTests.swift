import TestSupport
import Testing

@testable import Postgres

@Suite("Fold", .serialized, .database, .timeLimit(.minutes(1))) struct FoldTests {
  static let schema = "create sequence units"

  /// Doubles each input; a 0 divides by zero. Each unit takes a number from the sequence.
  private func doubling(
    _ pool: PostgresPool, largest: Int = 64, limit: Int = 4096, first: UnitOfWork
  ) -> Fold<Int32, Int> {
    let statement = Statement(
      "select n * 2, 1 / n from unnest($1) with ordinality as t (n, i) order by i", .int4Array)
    let count = Statement("select nextval('units')")
    return Fold(
      pool, largest: largest, limit: limit,
      unit: { inputs in
        // An input of 1 alone is the one that holds the lane up.
        inputs == [1]
          ? UnitOfWork(.read, first.queries[0], count(), statement(.int4Array(inputs)))
          : UnitOfWork(.read, count(), count(), statement(.int4Array(inputs)))
      },
      split: { inputs, rows throws(PostgresError) in
        var outputs: [Int] = []
        for row in rows[2] { outputs.append(try row.int4(0)) }
        return outputs
      })
  }

  @Test("a lone caller waits for nobody, and each call is a unit") func alone() async throws {
    try await withSchemaPool(schema: Self.schema) { pool, schema in
      try await AdvisoryLock.with(schema) { lock async throws in
        let fold = doubling(pool, first: lock.unit)
        for i: Int32 in 2..<12 { #expect(try await fold(i) == Int(i) * 2) }
        #expect(try await pool.int("select last_value::int from units") == 20)
      }
    }
  }

  @Test("a crowd shares units, and each caller gets its own output")
  func crowd() async throws {
    try await withSchemaPool(schema: Self.schema) { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        try await lock.connections(3)
        let fold = doubling(pool, first: lock.unit)
        try await withThrowingTaskGroup(of: (Int32, Int).self) { group in
          group.addTask { (1, try await fold(1)) }
          try await lock.waiters(1)
          for i: Int32 in 2...201 { group.addTask { (i, try await fold(i)) } }
          try await eventually("all wait") { fold.waiting == 200 }
          try await lock.release()
          for try await (input, output) in group { #expect(output == Int(input) * 2) }
        }
        // 200 callers in batches of at most 64, two numbers each; one number for the one before.
        let units = (try await pool.int("select last_value::int from units") - 1) / 2
        #expect(units == 4)
        #expect(fold.waiting == 0)
        #expect(try await fold(5) == 10)
      }
    }
  }

  @Test("an error reaches all of its batch, and no other") func error() async throws {
    try await withSchemaPool(schema: Self.schema) { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        let fold = doubling(pool, largest: 10, first: lock.unit)
        try await withThrowingTaskGroup(of: String?.self) { group in
          group.addTask { (await failure { try await fold(1) })?.sqlState }
          try await lock.waiters(1)
          for i: Int32 in 0..<30 {
            group.addTask { (await failure { try await fold(i == 0 ? 0 : i + 1) })?.sqlState }
          }
          try await eventually("all wait") { fold.waiting == 30 }
          try await lock.release()
          var states: [String] = []
          for try await state in group { if let state { states.append(state) } }
          #expect(states == Array(repeating: "22012", count: 10))
        }
        #expect(try await fold(5) == 10)
      }
    }
  }

  @Test("a pool that has ended refuses everybody") func ended() async throws {
    var ended: PostgresPool?
    try await withSchemaPool { pool, _ in ended = pool }
    let pool = try #require(ended)
    let fold = Fold<Int32, Int>(
      pool, largest: 2, unit: { _ in UnitOfWork(.read, Statement("select 1")()) },
      split: { inputs, _ throws(PostgresError) in inputs.map(Int.init) })
    await withTaskGroup(of: PostgresError?.self) { group in
      for i: Int32 in 1...200 { group.addTask { await failure { try await fold(i) } } }
      for await error in group { #expect(error == .closed) }
    }
  }

  @Test("one more than may wait is refused") func limit() async throws {
    try await withSchemaPool(schema: Self.schema) { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        let fold = doubling(pool, limit: 5, first: lock.unit)
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { _ = try await fold(1) }
          try await lock.waiters(1)
          for i: Int32 in 2..<7 { group.addTask { _ = try await fold(i) } }
          try await eventually("five wait") { fold.waiting == 5 }
          #expect(await failure { try await fold(9) } == .queueFull)
          try await lock.release()
          try await group.waitForAll()
        }
      }
    }
  }

  @Test("a split that forgets somebody is everybody's error, not a hang") func forgetful()
    async throws
  {
    try await withSchemaPool { pool, _ in
      let fold = Fold<Int, Int>(
        pool, unit: { _ in UnitOfWork(.read, Statement("select 1")()) },
        split: { _, _ throws(PostgresError) in [] })
      #expect(await failure { try await fold(1) }?.kind == "decoding")
      #expect(await failure { try await fold(1) }?.kind == "decoding")
    }
  }

  @Test("who waited too long behind a stuck unit is told so, and takes nobody along")
  func late() async throws {
    try await withSchemaPool(schema: Self.schema, settings: configured { $0.timeout = .seconds(4) })
    {
      pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        let fold = doubling(pool, first: lock.unit)
        try await withThrowingTaskGroup(of: PostgresError?.self) { group in
          group.addTask { await failure { try await fold(1) } }
          try await lock.waiters(1)
          for i: Int32 in 2..<300 { group.addTask { await failure { try await fold(i) } } }
          var kinds: Set<String> = []
          for try await error in group { if let error { kinds.insert(error.kind) } }
          #expect(kinds.contains("server"))
          #expect(kinds.isSubset(of: ["server", "timeout"]))
        }
        try await lock.release()
        #expect(try await fold(5) == 10)
      }
    }
  }
}
