import Logging
import Postgres

/// Lends a running pool to `body`.
func withPool(
  _ url: String, connections: Int = 2, searchPath: String? = nil,
  _ body: (PostgresPool) async throws -> Void
) async throws {
  var configuration = PostgresConfiguration(url: url)
  configuration.poolSize = connections
  configuration.searchPath = searchPath
  let pool = try PostgresPool(
    configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await pool.run() }
    defer { group.cancelAll() }
    try await body(pool)
  }
}
