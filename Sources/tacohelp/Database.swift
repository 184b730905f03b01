import Helpdesk
import Logging
import Observability
import Postgres
import ServiceLifecycle

/// The database, as commands use it.
enum Database {
  private static let ping = Statement("select 1")

  /// Returns once the database answers. Throws a `Failure` with code 69 if it does not in time.
  static func wait(for pool: PostgresPool, _ longest: Duration) async throws {
    let deadline = ContinuousClock.now + longest
    while true {
      try Task.checkCancellation()
      do throws(PostgresError) {
        _ = try await pool.read(ping())
        return
      } catch {
        guard ContinuousClock.now < deadline, !Task.isShuttingDownGracefully else {
          if Task.isShuttingDownGracefully { throw CancellationError() }
          throw Failure(error)
        }
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  /// Throws a `Failure` with code 78 if the session settings behind a pooler would change the meaning of
  /// statements.
  static func checkDefaults(of pool: PostgresPool) async throws {
    let settings = try await pool.wrongDefaults()
    guard !settings.isEmpty else { return }
    throw Failure.configuration(
      """
      behind a pooler, sessions have their role's settings, and these have to be: \
      \(settings.joined(separator: ", ")) (alter role ... set ...)
      """)
  }

  /// Runs `body` with a pool of one connection.
  static func with<T: Sendable>(
    _ flags: SettingsFlags, _ body: @escaping @Sendable (PostgresPool) async throws -> T
  ) async throws -> T {
    var settings = try Settings(flags)
    settings.postgres.poolSize = 1
    // A person waits for this, and enabling an endpoint may move many deliveries.
    settings.postgres.timeout = .seconds(600)
    let log = SettingsSource(flags).bootstrapLog()
    defer { log.flush(within: .seconds(1)) }
    settings.postgres.noticeLog = NoticeLog(Logger(label: "tacohelp"))
    // A command reports its own failure, which the pool's log lines would repeat.
    let logger = Logger(label: "tacohelp") { _ in SwiftLogNoOpLogHandler() }
    let wait = settings.databaseWait
    do {
      let pool = try PostgresPool(settings.postgres, logger: logger)
      return try await withThrowingTaskGroup(of: T?.self) { group in
        group.addTask {
          try await pool.run()
          return nil
        }
        group.addTask {
          try await Self.wait(for: pool, wait)
          try await Self.checkDefaults(of: pool)
          return try await body(pool)
        }
        defer { group.cancelAll() }
        for try await result in group {
          if let result { return result }
        }
        throw Failure.software("the pool stopped")
      }
    } catch let error as PostgresError {
      throw Failure(error)
    }
  }
}

extension SettingsFlags {
  /// Lends the functions for operators to `body`.
  func call<T: Sendable>(
    _ body: @escaping @Sendable (OperatorFunctions) async throws -> T
  ) async throws -> T {
    try await Database.with(self) { try await body(OperatorFunctions($0)) }
  }
}
