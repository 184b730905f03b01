/// A file of SQL that moves the schema one step on.
public struct Migration: Sendable, Equatable {
  /// From 1, without gaps.
  public var version: Int
  /// The file's name, as `0003_tickets.sql`.
  public var name: String
  public var sql: String

  public init(version: Int, name: String, sql: String) {
    self.version = version
    self.name = name
    self.sql = sql
  }
}

/// Why a database was not migrated.
public enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
  case edited(name: String)
  case databaseIsNewer(version: Int, known: Int)
  case failed(name: String, PostgresError)

  public var description: String {
    switch self {
    case .edited(let name):
      "\(name) was applied with another content: an applied migration must never change"
    case .databaseIsNewer(let version, let known):
      "the database is at migration \(version), this executable knows \(known): use a newer one"
    case .failed(let name, let error):
      "\(name): \(error)"
    }
  }
}

/// Brings a schema up to date: each migration once and in a transaction of its own, then, whenever
/// their content changed, the files that can be remade at any time.
///
/// Safe to run from many servers at once: each step takes the same advisory lock for its transaction.
public struct Migrator: Sendable {
  public var migrations: [Migration]
  /// Functions and views that hold no data, in the order of their dependence.
  public var remakeable: [Migration]
  /// Makes the cluster's roles that are missing.
  public var roles: String
  /// Gives the roles their privileges: applied each time, in the transaction that remakes.
  public var grants: String

  public init(
    migrations: [Migration], remakeable: [Migration], roles: String = "", grants: String = ""
  ) {
    self.migrations = migrations
    self.remakeable = remakeable
    self.roles = roles
    self.grants = grants
  }

  /// The newest version this executable knows.
  public var version: Int { migrations.last?.version ?? 0 }

  /// Applies what is missing.
  /// - Parameter makingRoles: whether roles are made too, which takes the right to
  /// - Returns: the names of the files applied.
  /// - Throws: `MigrationError`, or `PostgresError` when there is no connection.
  public func migrate(_ configuration: PostgresConfiguration, makingRoles: Bool = false)
    async throws -> [String]
  {
    let result: Result<[String], any Error> = await withUnsafeContinuation { continuation in
      let started = startThread("pg-migrate") {
        continuation.resume(
          returning: Result { try self.migrateBlocking(configuration, makingRoles) })
      }
      if !started {
        continuation.resume(returning: .failure(PostgresError.cannotConnect("no thread left")))
      }
    }
    return try result.get()
  }

  private func migrateBlocking(_ configuration: PostgresConfiguration, _ makingRoles: Bool) throws
    -> [String]
  {
    let connection = try BlockingConnection(configuration)
    var names: [String] = []
    if makingRoles {
      try attributing("roles.sql") {
        try inTransaction(connection) { _ = try connection.execute(roles) }
      }
    }
    try inTransaction(connection) {
      try connection.execute(
        """
        create schema if not exists migrations;
        comment on schema migrations is 'Which of TacoHelp''s migrations this database has.';
        create table if not exists migrations.applied (
          version int constraint applied_pkey primary key,
          name text not null,
          checksum text not null,
          applied_at timestamptz not null default now()
        );
        create table if not exists migrations.remade (
          only_row boolean constraint remade_pkey primary key default true check (only_row),
          checksum text not null,
          applied_at timestamptz not null default now()
        );
        """)
    }
    for migration in migrations.dropLast() {
      try attributing(migration.name) {
        try inTransaction(connection) { try apply(migration, connection, &names) }
      }
    }
    // Together: servers take the last migration for the sign that they may do their work.
    try attributing(migrations.last?.name ?? "") {
      try inTransaction(connection) {
        if let last = migrations.last { try apply(last, connection, &names) }
        try remake(connection, &names)
      }
    }
    return names
  }

  private func apply(
    _ migration: Migration, _ connection: borrowing BlockingConnection, _ names: inout [String]
  ) throws {
    try refuseWhenNewer(connection)
    if let applied = try checksum(ofApplied: migration, connection) {
      if applied != (try checksum(of: migration.sql, connection)) {
        throw MigrationError.edited(name: migration.name)
      }
      return
    }
    try connection.execute(migration.sql)
    try connection.execute(
      """
      insert into migrations.applied (version, name, checksum)
      values ($1::int, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
      """, ["\(migration.version)", migration.name, migration.sql])
    names.append(migration.name)
  }

  private func remake(_ connection: borrowing BlockingConnection, _ names: inout [String]) throws {
    // Remade after every migration too: a view may name columns that have changed.
    let all = "-- \(version)\n" + remakeable.map { "-- \($0.name)\n\($0.sql)" }.joined()
    try refuseWhenNewer(connection)
    let wanted = try checksum(of: all, connection)
    let found = try connection.execute("select checksum from migrations.remade")
    if found != [wanted] {
      for file in remakeable {
        try attributing(file.name) { _ = try connection.execute(file.sql) }
        names.append(file.name)
      }
      try connection.execute(
        """
        insert into migrations.remade (checksum) values ($1)
        on conflict (only_row) do update set checksum = excluded.checksum, applied_at = now()
        """, [wanted ?? ""])
    }
    try attributing("grants.sql") { _ = try connection.execute(grants) }
  }

  private func refuseWhenNewer(_ connection: borrowing BlockingConnection) throws {
    let newest = try connection.execute("select max(version) from migrations.applied")
    if let newest = newest.first.flatMap(\.self).flatMap(Int.init), newest > version {
      throw MigrationError.databaseIsNewer(version: newest, known: version)
    }
  }

  private func checksum(ofApplied migration: Migration, _ connection: borrowing BlockingConnection)
    throws -> String?
  {
    try connection.execute(
      "select checksum from migrations.applied where version = $1::int", ["\(migration.version)"]
    ).first.flatMap(\.self)
  }

  private func checksum(of sql: String, _ connection: borrowing BlockingConnection) throws
    -> String?
  {
    try connection.execute("select encode(sha256(convert_to($1, 'UTF8')), 'hex')", [sql])
      .first.flatMap(\.self)
  }

  private func inTransaction(
    _ connection: borrowing BlockingConnection, _ body: () throws -> Void
  ) throws {
    // The lock's number is arbitrary; every version of TacoHelp must use the same.
    try connection.execute(
      """
      begin;
      set local statement_timeout = 0;
      set local idle_in_transaction_session_timeout = 0;
      select pg_advisory_xact_lock(7405830247364);
      """)
    do {
      try body()
      try connection.execute("commit")
    } catch {
      // The error that led here says more than a failing rollback would; closing rolls back too.
      _ = try? connection.execute("rollback")
      throw error
    }
  }

  private func attributing(_ name: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as PostgresError {
      throw MigrationError.failed(name: name, error)
    }
  }
}

extension Migrator {
  /// How a database stands to this executable.
  public enum Standing: Sendable, Equatable {
    case current
    /// `migrate` has to be run.
    case behind(version: Int)
    /// A newer version has migrated it, as during a rolling upgrade. Migrations only add, so this
    /// executable still works.
    case ahead(version: Int)
  }

  private static let newest = Statement(
    "select coalesce(max(version), 0)::int as version from migrations.applied")

  /// Compares the database's version to this executable's.
  public func standing(_ pool: PostgresPool) async throws(PostgresError) -> Standing {
    let found: Int
    do throws(PostgresError) {
      found = try await pool.read(Self.newest()).first?.int4(0) ?? 0
    } catch .server(let error) where ["42P01", "3F000"].contains(error.sqlState) {
      return .behind(version: 0)
    }
    if found == version { return .current }
    return found < version ? .behind(version: found) : .ahead(version: found)
  }
}
