import TestSupport

@testable import Postgres

/// Lends its own database to `body`.
func withDatabase(
  _ body: (PostgresConfiguration, TestDatabase) async throws -> Void
) async throws {
  try await TestDatabase.with { database in
    try await body(PostgresConfiguration(url: database.url), database)
  }
}

extension Migrator {
  /// The error with which a migration ends, or nil.
  func failure(_ configuration: PostgresConfiguration) async -> MigrationError? {
    do {
      _ = try await migrate(configuration)
      return nil
    } catch {
      return error as? MigrationError
    }
  }
}

extension MigrationError {
  /// The file that the server refused, and the SQLSTATE.
  var failed: String? {
    if case .failed(let name, let error) = self { "\(name) \(error.sqlState ?? "")" } else { nil }
  }
}
