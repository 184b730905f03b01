import TestSupport
import Testing

@testable import Postgres

@Suite("Units of work", .database, .timeLimit(.minutes(1))) struct UnitOfWorkTests {
  static let schema = """
    create table t (n int constraint t_pkey primary key);
    create table u (n int constraint u_t_fkey references t deferrable initially deferred,
      constraint u_positive check (n > 0));
    """
  let insert = Statement("insert into t values ($1)", .int4)
  let insertChild = Statement("insert into u values ($1)", .int4)
  let count = Statement("select count(*)::int from t")

  @Test("all statements of a unit answer, in their order") func order() async throws {
    try await withSchemaPool(schema: Self.schema) { pool, _ in
      let rows = try await pool.execute(
        UnitOfWork(.write, insert(.int4(1)), count(), insert(.int4(2)), count()))
      #expect(rows.count == 4)
      #expect(try rows[1].first?.int4() == 1)
      #expect(try rows[3].first?.int4() == 2)
      #expect(try await pool.execute(UnitOfWork(.read)).isEmpty)
    }
  }

  @Test("the second statement's failure rolls the first back, and the next unit is not affected")
  func rollback() async throws {
    try await withSchemaPool(schema: Self.schema, connections: 1) { pool, _ in
      let good = pool.start(UnitOfWork(.write, insert(.int4(1))))
      let bad = pool.start(
        UnitOfWork(.write, insert(.int4(2)), insert(.int4(1)), insert(.int4(3)), count()))
      let next = pool.start(UnitOfWork(.write, insert(.int4(4)), count()))
      #expect(await good.error() == nil)
      let error = await bad.error()
      #expect(error?.sqlState == "23505")
      #expect(error?.server?.constraint == "t_pkey")
      #expect(error?.isTransient == false)
      let rows = try await next.rows()
      #expect(try rows[1].first?.int4() == 2)
    }
  }

  @Test("a violated check is named") func check() async throws {
    try await withSchemaPool(schema: Self.schema) { pool, _ in
      let error = await failure { try await pool.write(insertChild(.int4(0))) }
      #expect(error?.sqlState == "23514")
      #expect(error?.server?.constraint == "u_positive")
    }
  }

  @Test("a deferred constraint that fails at commit fails its unit alone") func deferred()
    async throws
  {
    try await withSchemaPool(schema: Self.schema, connections: 1) { pool, _ in
      let pid = try await pool.int("select pg_backend_pid()")
      let before = pool.start(UnitOfWork(.write, insert(.int4(1))))
      let orphan = pool.start(UnitOfWork(.write, insert(.int4(5)), insertChild(.int4(9))))
      let child = pool.start(UnitOfWork(.write, insertChild(.int4(2)), insert(.int4(2)), count()))
      #expect(await before.error() == nil)
      let error = await orphan.error()
      #expect(error?.sqlState == "23503")
      #expect(error?.server?.constraint == "u_t_fkey")
      #expect(try await child.rows()[2].first?.int4() == 2)
      #expect(try await pool.int("select pg_backend_pid()") == pid)
    }
  }

  @Test("an error in preparing is the unit's own; later units go on") func syntaxError()
    async throws
  {
    let wrong = Statement("selec 1")
    let missing = Statement("select * from not_there")
    try await withSchemaPool(schema: Self.schema, connections: 1) { pool, _ in
      let answers = [
        pool.start(UnitOfWork(.write, insert(.int4(1)), wrong())),
        pool.start(UnitOfWork(.write, wrong(), insert(.int4(1)))),
        pool.start(UnitOfWork(.read, missing())),
        pool.start(UnitOfWork(.write, insert(.int4(1)), missing())),
      ]
      for (answer, state) in zip(answers, ["42601", "42601", "42P01", "42P01"]) {
        #expect(await answer.error()?.sqlState == state)
      }
      #expect(try await pool.int("select count(*)::int from t") == 0)
      // The same statement object works once its table is there.
      try await pool.run("create table not_there (n int)")
      #expect(try await pool.read(missing()).isEmpty)
    }
  }

  @Test("an empty statement is an error, not a hang") func emptyStatement() async throws {
    try await withSchemaPool(connections: 1) { pool, _ in
      #expect(await failure { try await pool.read(Statement("")()) } != nil)
      try await expectFine(pool)
    }
  }

  @Test("COPY is an error, not a hang") func copy() async throws {
    try await withSchemaPool(schema: Self.schema, connections: 1) { pool, _ in
      #expect(await failure { try await pool.read(Statement("copy t to stdout")()) } != nil)
      #expect(await failure { try await pool.read(Statement("copy t from stdin")()) } != nil)
      try await eventually("works again") { (try? await pool.text("select 'fine'")) == "fine" }
    }
  }

  @Test("2,000 concurrent units on 3 connections all get their own answers")
  func concurrent() async throws {
    let echo = Statement("select $1, $2", .int4, .text)
    try await withSchemaPool { pool, schema in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for i in 0..<2000 {
          group.addTask {
            let text = String(repeating: "\(i) ", count: i % 97)
            let row = try await pool.read(echo(.int4(Int32(i)), .text(text))).first
            return try row?.int4() == i && row?.column(1) { try $0.text() } == text
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
      #expect(
        try await pool.int(
          "select count(*)::int from pg_stat_activity where application_name = '\(schema.name)'")
          == 3)
    }
  }

  @Test("values larger than every buffer pass both ways at once") func large() async throws {
    let echo = Statement("select $1, $1", .text)
    try await withSchemaPool(connections: 1) { pool, _ in
      let answers = (0..<8).map { i in
        let text = String(repeating: "\(i)", count: 4_000_000)
        return (text, pool.start(UnitOfWork(.read, echo(.text(text)))))
      }
      for (text, answer) in answers {
        let row = try await answer.rows()[0].first
        #expect(try row?.text() == text)
        #expect(try row?.column(1) { try $0.text() } == text)
      }
    }
  }
}
