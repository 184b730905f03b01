import Postgres
import TestSupport
import Testing

@testable import Helpdesk

/// Its own cluster, set up as docs/operations.md says: the three roles, a login in each, and a database
/// that the owner has migrated.
struct RolesFixture {
  let cluster: TestCluster
  let database: TestDatabase

  enum Login: String {
    case migrator, server
    case ops = "operator"
  }

  static func with(_ body: (RolesFixture) async throws -> Void) async throws {
    try await TestCluster.with { cluster in
      try await cluster.server.psql(
        """
        \(Schema.migrator.roles)
        create role migrator login in role tacohelp_owner;
        alter role migrator set role = 'tacohelp_owner';
        create role server login in role tacohelp_app;
        create role operator login in role tacohelp_ops;
        """)
      let database = try await TestDatabase.create(on: cluster.server)
      try await cluster.server.psql("alter database \"\(database.name)\" owner to tacohelp_owner")
      let fixture = RolesFixture(cluster: cluster, database: database)
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: fixture.url(.migrator)))
      try await body(fixture)
    }
  }

  func url(_ login: Login) -> String {
    "postgresql://\(login.rawValue)@127.0.0.1:\(cluster.port)/\(database.name)"
  }

  /// Tries each statement, and expects that the login may not.
  func refuses(_ login: Login, _ statements: [String]) async throws {
    try await withPool(url(login), connections: 1) { pool in
      for sql in statements {
        do throws(PostgresError) {
          _ = try await pool.write(Statement(sql)())
          Issue.record("\(login.rawValue) may: \(sql)")
        } catch {
          guard case .server(let error) = error, error.sqlState == "42501" else {
            Issue.record("\(sql): \(error)")
            continue
          }
        }
      }
    }
  }
}
