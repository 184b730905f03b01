import Foundation
import Postgres
import TestSupport
import Testing

@testable import Helpdesk

/// A database or a role may have any session settings; TacoHelp sets those that it depends on.
@Suite("Hostile defaults") struct HostileDefaultsTests {
  enum Owner: CaseIterable { case database, role }

  enum Defaults: CaseIterable {
    case repeatableRead, serializable, readOnly, everythingElse

    /// As `alter database … set` takes them; those unknown to an older server are left out.
    var settings: [(name: String, value: String)] {
      switch self {
      case .repeatableRead: [("default_transaction_isolation", "'repeatable read'")]
      case .serializable:
        [
          ("default_transaction_isolation", "serializable"),
          ("default_transaction_deferrable", "on"),
        ]
      case .readOnly: [("default_transaction_read_only", "on")]
      case .everythingElse:
        [
          ("standard_conforming_strings", "off"), ("backslash_quote", "off"),
          ("array_nulls", "off"),
          ("transform_null_equals", "on"), ("quote_all_identifiers", "on"),
          ("timezone", "'Asia/Kathmandu'"), ("datestyle", "'German, DMY'"),
          ("intervalstyle", "sql_standard"), ("bytea_output", "escape"),
          ("extra_float_digits", "-15"),
          ("row_security", "off"), ("check_function_bodies", "off"), ("search_path", "nowhere"),
          ("plpgsql.extra_errors", "'all'"), ("client_min_messages", "error"),
          ("client_encoding", "latin1"), ("plan_cache_mode", "force_custom_plan"),
          ("enable_indexscan", "off"), ("enable_nestloop", "off"), ("synchronous_commit", "off"),
          ("lock_timeout", "1"), ("statement_timeout", "1"),
          ("idle_in_transaction_session_timeout", "1"), ("idle_session_timeout", "20"),
          ("transaction_timeout", "100"),
          ("restrict_nonsystem_relation_kind", "'view, foreign-table'"),
        ]
      }
    }
  }

  /// Settings that a person at psql is responsible for.
  private static let psql = [
    "default_transaction_isolation=read committed", "default_transaction_read_only=off",
    "lock_timeout=0", "statement_timeout=0", "idle_session_timeout=0", "client_encoding=UTF8",
  ]

  @Test(
    "Nothing is changed by them: migrating, what servers and workers do, and the functions of ops",
    arguments: Defaults.allCases, Owner.allCases)
  func life(_ defaults: Defaults, _ owner: Owner) async throws {
    try await TestDatabase.with { database in
      let role = "hostile_\(UInt32.random(in: 0...UInt32.max))"
      try await database.server.psql("create role \(role) login superuser password 'hostile'")
      try await ending {
        try await database.drop()
        try await database.server.psql("drop role \(role)")
      } _: {
        let known = try await database.psql("select name from pg_settings").split(separator: "\n")
        let target =
          owner == .database ? "database \"\(database.name)\"" : "role \(role)"
        let script = defaults.settings.filter { setting in
          setting.name.contains(".") || known.contains { $0.lowercased() == setting.name }
        }.map { "alter \(target) set \($0.name) = \($0.value);" }
        try await database.server.psql(script.joined())
        var url = try #require(URLComponents(string: database.url))
        (url.user, url.password) = (role, "hostile")
        var configuration = PostgresConfiguration(url: try #require(url.string))
        configuration.searchPath = "pg_catalog,pg_temp"
        _ = try await Schema.migrator.migrate(configuration)
        try await live(database, configuration)
      }
    }
  }

  private func live(_ database: TestDatabase, _ configuration: PostgresConfiguration) async throws {
    let psql = database.with(settings: Self.psql)
    try await withPool(configuration.url, searchPath: configuration.searchPath) { pool in
      let statements = try await EveryStatement(psql, pool)
      try await statements.serve()
      try await statements.work()
      // Many at once, which a stricter isolation would refuse.
      let organization = statements.organization
      let email = try #require(EmailAddress("client@example.com"))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for place in 0..<20 {
          group.addTask {
            _ = try await TicketStore(pool).create(
              Ticket.Draft(
                subject: "Number \(place)", description: "\\ and '",
                createdByEmail: email),
              in: organization)
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
