import TestSupport
import Testing

@testable import Postgres

@Suite("Prepared statements", .database, .timeLimit(.minutes(1))) struct PreparationTests {
  @Test("is prepared once per connection") func once() async throws {
    let statement = Statement("select $1 + 1", .int4)
    try await withSchemaPool(connections: 1) { pool, _ in
      for i in 0..<5 {
        let rows = try await pool.read(statement(.int4(Int32(i))))
        #expect(try rows.first?.int4() == i + 1)
      }
      #expect(
        try await pool.int(
          "select count(*)::int from pg_prepared_statements where statement = 'select $1 + 1'")
          == 1)
    }
  }

  @Test(
    "forgotten statements are prepared again unnoticed",
    arguments: ["deallocate all", "discard all"])
  func forgotten(_ forget: String) async throws {
    let statement = Statement("select $1 + 1", .int4)
    let other = Statement("select $1 || 'x'", .text)
    try await withSchemaPool(connections: 1) { pool, _ in
      for _ in 0..<3 {
        _ = try await pool.read(statement(.int4(1)))
        _ = try await pool.read(other(.text("a")))
        // The units behind it are sent before its answer is there.
        let forgetting = pool.start(forget)
        let answers = (0..<6).map { i in
          (i, pool.start(UnitOfWork(.read, statement(.int4(Int32(i))), other(.text("\(i)")))))
        }
        #expect(await forgetting.error() == nil)
        for (i, answer) in answers {
          let rows = try await answer.rows()
          #expect(try rows[0].first?.int4() == i + 1)
          #expect(try rows[1].first?.text() == "\(i)x")
        }
      }
    }
  }

  @Test("a unit repeated after forgotten statements takes effect once") func onceOnly() async throws
  {
    let insert = Statement("insert into t values ($1) returning n", .int4)
    let read = Statement("select n from t order by n")
    try await withSchemaPool(schema: "create table t (n int)", connections: 1) { pool, _ in
      _ = try await pool.write(insert(.int4(1)))
      _ = try await pool.read(read())
      try await pool.run("deallocate all")
      _ = try await pool.write(insert(.int4(2)))
      #expect(try await pool.read(read()).map { try $0.int4() } == [1, 2])
    }
  }

  @Test("a table's new columns outdate the plan unnoticed, on every connection")
  func outdated() async throws {
    let star = Statement("select * from t")
    try await withSchemaPool(schema: "create table t (a int); insert into t values (1)") {
      pool, schema in
      for column in ["b", "c", "d"] {
        // Enough at once to be prepared on each of the connections.
        for answer in (0..<24).map({ _ in pool.start(UnitOfWork(.read, star())) }) {
          #expect(try await answer.rows()[0].count == 1)
        }
        try await schema.psql("alter table t add \(column) int default 7")
        let answers = (0..<24).map { _ in pool.start(UnitOfWork(.read, star())) }
        let column = column == "b" ? 1 : column == "c" ? 2 : 3
        for answer in answers {
          #expect(try await answer.rows()[0].first?.column(column) { try $0.int4() } == 7)
        }
      }
    }
  }

  @Test("an error that only sounds like an outdated plan is reported") func soundsOutdated()
    async throws
  {
    let statement = Statement(
      "do $$ begin raise 'cached plan must not change' using errcode = '0A000'; end $$")
    try await withSchemaPool(connections: 1) { pool, _ in
      let error = await failure { try await pool.read(statement()) }
      #expect(error?.sqlState == "0A000")
      try await expectFine(pool)
    }
  }

  @Test("a missing prepared statement of the caller's own is reported, not repeated for ever")
  func ownMistake() async throws {
    try await withSchemaPool(connections: 1) { pool, _ in
      let error = await failure { try await pool.run("execute never_prepared") }
      #expect(error?.sqlState == "26000")
      try await expectFine(pool)
    }
  }

  @Test("without a session of its own, statements are sent whole and nothing is prepared")
  func unnamed() async throws {
    let statement = Statement("select $1 + 1", .int4)
    try await withSchemaPool(connections: 1, settings: configured { $0.hasOwnSession = false }) {
      pool, _ in
      for i in 0..<5 {
        let rows = try await pool.read(statement(.int4(Int32(i))))
        #expect(try rows.first?.int4() == i + 1)
      }
      #expect(try await pool.int("select count(*)::int from pg_prepared_statements") == 0)
    }
  }
}
