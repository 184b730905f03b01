import Foundation
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
        let id = try await OperatorFunctions(pool).createOrganization(name: "Acme", plan: "pro")
        try await body(
          Fixture(database: database, pool: pool, organization: OrganizationID(stored: id)))
      }
    }
  }

  /// The rows that a script returns, columns separated by `|`.
  @discardableResult
  func psql(_ sql: String) async throws -> String { try await database.psql(sql) }

  /// The id of another organization.
  func organization(named name: String) async throws -> String {
    try await OperatorFunctions(pool).createOrganization(name: name, plan: "pro")
  }

  /// A key with this limit, and its SHA-256.
  func key(limit: Int32) async throws -> (id: String, hash: [UInt8]) {
    let key = try await OperatorFunctions(pool).createKey(
      org: organization.rawValue, name: "k", scopes: ["*"], rateLimit: limit, expiresInSeconds: nil)
    let hash = try #require(try APIKey.hash(ofKey: key))
    let lines = try await OperatorFunctions(pool).listKeys(org: organization.rawValue)
    let id = try #require(lines.last?.split(separator: "\t").first)
    return (String(id), hash)
  }

  /// A user who can sign in, in the fixture's organization or another.
  func account(
    _ email: String, role: String = "admin", in organization: String? = nil
  ) async throws -> StaffAccount {
    let org = organization ?? self.organization.rawValue
    let hash = "$scrypt$\(email)"
    let user = try await OperatorFunctions(pool).createUser(
      org: org, email: email, name: "Ada", role: role, passwordHash: hash)
    return StaffAccount(
      organization: OrganizationID(stored: org), user: UserID(stored: user), passwordHash: hash,
      epoch: 0)
  }

  /// Somebody signed in.
  func session(_ account: StaffAccount) async throws -> (token: SessionToken, session: Session) {
    let (store, token) = (SessionStore(pool), try SessionToken.make())
    _ = try await store.create(token, for: [account])
    return (token, try #require(try await store.find(token, in: account.organization)))
  }

  /// An admin who is signed in.
  func admin(_ email: String = "ada@example.com") async throws -> Session {
    try await session(try await account(email)).session
  }

  func email(_ text: String) throws -> EmailAddress { try #require(EmailAddress(text)) }

  func ticket(_ subject: String = "Subject") async throws -> TicketID {
    let ticket = try await TicketStore(pool).create(
      Ticket.Draft(
        subject: subject, description: "Text", createdByEmail: try email("client@example.com")),
      in: organization
    )
    return TicketID(stored: ticket.id)
  }
}

extension Repository {
  /// The files in a folder and in those within it, with this suffix.
  static func files(below folder: String, _ suffix: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path(folder)).map { "\(folder)/\($0)" }
      .filter { $0.hasSuffix(suffix) }
  }
}
