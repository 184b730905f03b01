import TestSupport
import Testing

@testable import Postgres

@Suite("Lost and overloaded connections", .serialized, .database, .timeLimit(.minutes(1)))
struct LostConnectionTests {
  @Test("a terminated backend fails only the units on it, and the pool heals") func terminated()
    async throws
  {
    try await withSchemaPool { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        try await lock.connections(3)
        let lost = pool.start(lock.unit)
        let pid = try await lock.waiters(1)[0]
        let others = [pool.start(lock.unit), pool.start(lock.unit)]
        try await lock.waiters(3)
        // One unit behind each of the three.
        let behind = (0..<3).map { _ in pool.start("select 1") }
        try await lock.run("select pg_terminate_backend(\(pid))")
        guard case .connectionLost(mayHaveRun: true, let text)? = await lost.error() else {
          Issue.record("not lost")
          return
        }
        #expect(!text.isEmpty)
        try await lock.connections(3)
        // This comes first, because the pool may learn of the new connection later than the server does,
        // and would then send a good unit behind one of those that wait.
        try await lock.release()
        for answer in others { #expect(await answer.error() == nil) }
        var alsoLost = 0
        for answer in behind where await answer.error() != nil { alsoLost += 1 }
        #expect(alsoLost == 1)
        try await expectFine(pool)
      }
    }
  }

  @Test("an idle connection's end costs nothing") func idle() async throws {
    try await withSchemaPool { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        for _ in 0..<5 {
          try await lock.connections(3)
          try await lock.run(
            "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity"
              + " where application_name = '\(schema.name)'")
          try await lock.connections(3)
          try await expectFine(pool)
        }
      }
    }
  }

  @Test("100 tasks cancelled in mid-query neither leak nor poison a connection") func cancelled()
    async throws
  {
    try await withSchemaPool(settings: configured { $0.pipelineDepth = 16 }) { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        try await lock.connections(3)
        let before = try await lock.backends()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<100 { group.addTask { _ = try await pool.execute(lock.unit) } }
          try await lock.waiters(3)
          group.cancelAll()
          try await lock.release()
          while let result = await group.nextResult() {
            // The statement was on its way: it is answered, not abandoned.
            #expect(throws: Never.self) { try result.get() }
          }
        }
        for answer in (0..<50).map({ _ in pool.start("select 1") }) {
          #expect(await answer.error() == nil)
        }
        #expect(try await lock.backends() == before)
      }
    }
  }

  @Test("a statement that takes too long is stopped by the server, and its connection stays")
  func statementTimeout() async throws {
    try await withSchemaPool(connections: 1, settings: configured { $0.timeout = .seconds(1) }) {
      pool, schema in
      let pid = try await pool.int("select pg_backend_pid()")
      let late = await failure { try await pool.run("select pg_sleep(20)") }
      #expect(late?.sqlState == "57014")
      #expect(late?.isTransient == true)
      try await AdvisoryLock.with(schema) { lock in
        // A lock is waited for half as long as a statement may take.
        let locked = await failure { try await pool.execute(lock.unit) }
        #expect(locked?.sqlState == "55P03")
        #expect(locked?.isTransient == true)
      }
      #expect(try await pool.int("select pg_backend_pid()") == pid)
    }
  }

  @Test("one unit too many is refused at once; one that waits too long is told so")
  func queue() async throws {
    try await withSchemaPool(
      connections: 1,
      settings: configured {
        $0.pipelineDepth = 1
        $0.queueLimit = 3
        $0.queueTimeout = .milliseconds(400)
      }
    ) { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        let holding = pool.start(lock.unit)
        try await lock.waiters(1)
        let clock = ContinuousClock()
        let start = clock.now
        let waiting = (0..<3).map { _ in pool.start("select 1") }
        for answer in (0..<2).map({ _ in pool.start("select 1") }) {
          #expect(await answer.error() == .queueFull)
        }
        #expect(clock.now - start < .milliseconds(390))
        for answer in waiting { #expect(await answer.error() == .timeout(mayHaveRun: false)) }
        #expect((.milliseconds(399)..<(.seconds(2))).contains(clock.now - start))
        try await lock.release()
        #expect(await holding.error() == nil)
        try await expectFine(pool)
      }
    }
  }

  @Test("units that wait are sent in the order they came") func order() async throws {
    let next = Statement("select nextval('s')::int")
    try await withSchemaPool(
      schema: "create sequence s", connections: 1, settings: configured { $0.pipelineDepth = 1 }
    ) { pool, schema in
      try await AdvisoryLock.with(schema) { lock in
        let holding = pool.start(lock.unit)
        try await lock.waiters(1)
        var answers = (0..<50).map { _ in pool.start(UnitOfWork(.read, next())) }
        try await lock.release()
        answers += (0..<50).map { _ in pool.start(UnitOfWork(.read, next())) }
        #expect(await holding.error() == nil)
        for (i, answer) in answers.enumerated() {
          #expect(try await answer.rows()[0].first?.int4() == i + 1)
        }
      }
    }
  }

  @Test("a unit that comes too late is not sent, and takes no connection down") func late()
    async throws
  {
    try await withSchemaPool(connections: 1) { pool, _ in
      let pid = try await pool.int("select pg_backend_pid()")
      let (errors, continuation) = AsyncStream.makeStream(of: PostgresError?.self)
      pool.submit(UnitOfWork(.read, Statement("select 1")()), deadline: monotonicNanoseconds()) {
        if case .failure(let error) = $0 { continuation.yield(error) }
        continuation.finish()
      }
      #expect(await errors.first { _ in true } == .timeout(mayHaveRun: false))
      #expect(try await pool.int("select pg_backend_pid()") == pid)
    }
  }

  @Test("a pool without a server fails units after the queue's time, again and again")
  func noServer()
    async throws
  {
    let url = "postgresql://postgres@127.0.0.1:\(try FreePort.find())/postgres"
    try await withPool(url, settings: configured { $0.queueTimeout = .seconds(1) }) { pool in
      for _ in 0..<3 {
        let time = try await time {
          let error = await failure { try await pool.run("select 1") }
          let text = try #require(error?.cannotConnect)
          #expect(text.hasPrefix("connection to server at"))
          #expect(text.contains("Connection refused"))
        }
        #expect((.milliseconds(999)..<(.seconds(3))).contains(time))
      }
    }
  }

  @Test("a missing database is treated the same") func noDatabase() async throws {
    let url = try TestServer.shared.url(database: "not_there")
    try await withPool(url, settings: configured { $0.queueTimeout = .seconds(1) }) { pool in
      let error = await failure { try await pool.run("select 1") }
      #expect(error?.cannotConnect?.contains(#"database "not_there" does not exist"#) == true)
    }
  }
}
