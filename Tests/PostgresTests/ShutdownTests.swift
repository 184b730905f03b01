import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Postgres

@Suite("Shutting a pool down", .serialized, .database, .timeLimit(.minutes(1))) struct ShutdownTests
{
  private func pool(_ schema: TestSchema) throws -> PostgresPool {
    var configuration = PostgresConfiguration(url: schema.url)
    configuration.applicationName = schema.name
    // On a slow machine, units that wait for a lock must not time out.
    configuration.timeout = .seconds(60)
    return try PostgresPool(configuration, logger: silent)
  }

  @Test("units in flight are still answered; later ones are told that the pool is closed")
  func graceful() async throws {
    let schema = try await TestSchema(nil)
    let pool = try pool(schema)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(services: [pool], logger: silent))
    try await AdvisoryLock.with(schema) { lock in
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let inFlight = pool.start(lock.unit)
        try await lock.waiters(1)
        await group.triggerGracefulShutdown()
        // A unit that comes before the pool is told waits behind the one in flight, so it is not
        // awaited here.
        let isRefused = Flag()
        try await eventually("refuses") {
          Task { if await pool.start("select 1").error() == .closed { isRefused.set() } }
          return isRefused.isSet
        }
        try await lock.release()
        #expect(await inFlight.error() == nil)
        try await tasks.waitForAll()
      }
      // The thread has ended; nobody is left to answer.
      #expect(await pool.start("select 1").error() == .closed)
      try await lock.connections(0)
    }
  }

  @Test("a cancelled pool ends too, and leaves no caller without an answer") func cancelled()
    async throws
  {
    let schema = try await TestSchema(nil)
    for round in 0..<20 {
      let pool = try pool(schema)
      await withTaskGroup(of: Void.self) { group in
        group.addTask { try? await pool.run() }
        let answers = (0..<20).map { _ in pool.start("select 1") }
        if round.isMultiple(of: 2) { _ = await answers[0].error() }
        group.cancelAll()
        let more = (0..<20).map { _ in pool.start("select 1") }
        for answer in answers + more {
          let error = await answer.error()
          #expect(error == nil || error == .closed)
        }
      }
    }
  }
}

private final class Flag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}
