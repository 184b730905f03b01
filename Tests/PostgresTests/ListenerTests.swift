import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Postgres

@Suite("Listener", .serialized, .database, .timeLimit(.minutes(1))) struct ListenerTests {
  private final class Count: Sendable {
    let value = Atomic<Int>(0)
    var now: Int { value.load(ordering: .relaxed) }
  }

  /// Lends a running listener's count of calls, and a pool to notify with.
  private func listen(
    _ body: (Count, PostgresPool, TestSchema, _ stop: () async -> Void) async throws -> Void
  ) async throws {
    try await withSchemaPool { pool, schema in
      let count = Count()
      var configuration = PostgresConfiguration(url: schema.url)
      configuration.applicationName = "\(schema.name)_listener"
      let listener = try Listener(configuration, channel: schema.name, logger: silent) {
        count.value.add(1, ordering: .relaxed)
      }
      let services = ServiceGroup(
        configuration: ServiceGroupConfiguration(services: [listener], logger: silent))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await services.run() }
        defer { group.cancelAll() }
        try await eventually("listens") { count.now == 1 }
        try await body(count, pool, schema) {
          await services.triggerGracefulShutdown()
          _ = await group.nextResult()
        }
      }
    }
  }

  @Test("is called for each wake-up, and only for its own channel") func notified() async throws {
    try await listen { count, pool, schema, _ in
      for i in 1...5 {
        try await pool.run("notify someone_else")
        try await pool.run("notify \(schema.name), 'payload \(i)'")
        try await eventually("notified") { count.now == 1 + i }
      }
    }
  }

  @Test("reconnects after its backend's end, and calls then too") func terminated()
    async throws
  {
    try await listen { count, pool, schema, _ in
      for _ in 0..<3 {
        let before = count.now
        let ended = try await pool.int(
          "select count(pg_terminate_backend(pid))::int from pg_stat_activity"
            + " where application_name = '\(schema.name)_listener'")
        #expect(ended == 1)
        try await eventually("reconnected") { count.now == before + 1 }
        try await pool.run("notify \(schema.name)")
        try await eventually("notified") { count.now == before + 2 }
      }
    }
  }

  @Test("stops at once") func stops() async throws {
    try await listen { _, pool, schema, stop in
      #expect(await time { await stop() } < .seconds(1))
      try await eventually("its connection is closed") {
        try await pool.int(
          "select count(*)::int from pg_stat_activity"
            + " where application_name = '\(schema.name)_listener'") == 0
      }
    }
  }

  @Test("stops at once while there is no server") func stopsWithoutServer() async throws {
    let url = "postgresql://postgres@127.0.0.1:\(try FreePort.find())/postgres"
    let listener = try Listener(PostgresConfiguration(url: url), channel: "c", logger: silent) {}
    let services = ServiceGroup(
      configuration: ServiceGroupConfiguration(services: [listener], logger: silent))
    let time = try await time {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await services.run() }
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
      }
    }
    #expect(time < .seconds(2))
  }
}
