import Logging
import Postgres
import TestSupport
import Testing

@testable import Helpdesk

/// A migrated database with one organization, and a pool on it.
struct Fixture {
  let database: TestDatabase
  let pool: PostgresPool
  let organization: OrganizationID

  static func with(connections: Int = 10, _ body: (Fixture) async throws -> Void) async throws {
    try await TestDatabase.with { database in
      var configuration = PostgresConfiguration(url: database.url)
      configuration.poolSize = connections
      _ = try await Schema.migrator.migrate(configuration)
      let pool = try PostgresPool(
        configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await pool.run() }
        defer { group.cancelAll() }
        let id = try await Operations(pool).createOrganization(name: "Acme", plan: "pro")
        try await body(
          Fixture(database: database, pool: pool, organization: OrganizationID(stored: id)))
      }
    }
  }

  /// A key with this limit, and its SHA-256.
  func key(limit: Int32) async throws -> (id: String, hash: [UInt8]) {
    let key = try await Operations(pool).createKey(
      org: organization.rawValue, name: "k", scopes: ["*"], rateLimit: limit, expiresInSeconds: nil)
    let hash = try #require(try APIKey.hash(ofKey: key))
    let lines = try await Operations(pool).listKeys(org: organization.rawValue)
    let id = try #require(lines.last?.split(separator: "\t").first)
    return (String(id), hash)
  }

  func email(_ text: String) throws -> EmailAddress { try #require(EmailAddress(text)) }

  func ticket(_ subject: String = "Subject") async throws -> TicketID {
    let row = try await TicketStore(pool).create(
      Ticket.Draft(
        subject: subject, description: "Text", createdByEmail: try email("client@example.com")),
      in: organization)
    return TicketID(stored: try row.text(Ticket.Column.id.rawValue))
  }
}
