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

/// Brings a schema up to date: each migration once and in a transaction of its own, then, whenever
/// their content changed, the files that can be remade at any time.
///
/// Safe to run from many servers at once: each step takes the same advisory lock for its transaction.
public struct Migrator: Sendable {
  public var migrations: [Migration]
  /// Functions and views that hold no data, in the order of their dependence. Each is made by `create or
  /// replace`, in the schema `ops`.
  public var remakeable: [Migration]
  /// The schemas that `migrations` make.
  public var schemas: [String]
  /// Makes the cluster's roles that are missing.
  public var roles: String
  /// Gives the roles their privileges: applied each time, in the transaction that remakes.
  public var grants: String

  public init(
    migrations: [Migration], remakeable: [Migration], schemas: [String] = [], roles: String = "",
    grants: String = ""
  ) {
    self.migrations = migrations
    self.remakeable = remakeable
    self.schemas = schemas
    self.roles = roles
    self.grants = grants
  }

  private var ops: RemadeSchema { RemadeSchema(name: "ops") }

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
    try inTransaction(connection) {
      try refuseForeign(connection)
      if makingRoles { try attributing("roles.sql") { _ = try connection.execute(roles) } }
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
        create table if not exists migrations.made (
          kind text not null,
          identity text not null,
          constraint made_pkey primary key (kind, identity)
        );
        """)
    }
    do {
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
    } catch MigrationError.failed(let name, .server(let error))
      where ["55P03", "40P01"].contains(error.sqlState)
    {
      throw MigrationError.locked(name: name, holders: try holders(connection), applied: names)
    }
    return names
  }

  /// The sessions that have held locks on TacoHelp's tables for more than a second, those that began first before
  /// the others.
  private func holders(_ connection: borrowing BlockingConnection) throws -> [String] {
    try connection.execute(
      """
      select concat_ws(' ', nullif(a.application_name, ''), 'process ' || a.pid)
        from pg_stat_activity a
       where a.pid <> pg_backend_pid() and a.xact_start < clock_timestamp() - interval '1 s'
         and exists (
           select from pg_locks l
             join pg_class c on c.oid = l.relation
             join pg_namespace n on n.oid = c.relnamespace
            where l.pid = a.pid and l.granted
              and n.nspname = any (string_to_array($1, ',')))
       order by a.xact_start
      """, [(schemas + [ops.name, "migrations"]).joined(separator: ",")]
    ).compactMap(\.self)
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
    let isWhole = try ops.isWhole(connection)
    if found != [wanted] || !isWhole {
      let isThere = try schemaIsThere(ops.name, connection)
      let new = isThere ? try rehearse(connection) : nil
      let grants = try new.map { try makeWay(for: $0, connection) } ?? []
      try makeAll(connection)
      for grant in grants { try connection.execute(grant) }
      try ops.note(new ?? ops.inventory(connection), connection)
      names += remakeable.map(\.name)
      try connection.execute(
        """
        insert into migrations.remade (checksum) values ($1)
        on conflict (only_row) do update set checksum = excluded.checksum, applied_at = now()
        """, [wanted ?? ""])
    }
    try attributing("grants.sql") { _ = try connection.execute(grants) }
  }

  /// Makes everything in an empty schema, and undoes it.
  /// - Returns: an inventory of what was made.
  private func rehearse(_ connection: borrowing BlockingConnection) throws -> String {
    try connection.execute(
      "savepoint rehearsal; alter schema \(ops.name) rename to \(ops.name)_before_rehearsal")
    try makeAll(connection)
    let new = try ops.inventory(connection)
    try connection.execute("rollback to savepoint rehearsal")
    return new
  }

  private func makeAll(_ connection: borrowing BlockingConnection) throws {
    for file in remakeable {
      try attributing(file.name) { _ = try connection.execute(file.sql) }
    }
  }

  /// Drops what the new version has not, or has in another form, unless somebody else has built on it.
  /// - Returns: statements that give back what others were granted.
  private func makeWay(for new: String, _ connection: borrowing BlockingConnection) throws
    -> [String]
  {
    let taken = try ops.taken(new, connection)
    guard taken.isEmpty else { throw MigrationError.taken(taken) }
    let dependents = try ops.dependents(new, connection)
    guard dependents.isEmpty else { throw MigrationError.used(by: dependents) }
    let grants = try ops.grants(new, connection)
    for drop in try ops.drops(new, connection) { try connection.execute(drop) }
    return grants
  }

  /// Refuses a database that cannot be TacoHelp's, before anything is changed in it.
  private func refuseForeign(_ connection: borrowing BlockingConnection) throws {
    let encoding = try connection.execute("show server_encoding").first.flatMap(\.self) ?? ""
    guard encoding == "UTF8" else { throw MigrationError.encoding(encoding) }
    func count(_ table: String) throws -> Int {
      try connection.execute("select count(*) from migrations.\(table)").first.flatMap(\.self)
        .flatMap(Int.init) ?? 0
    }
    var (applied, remade) = (0, 0)
    if try schemaIsThere("migrations", connection) {
      let columns = try connection.execute(
        """
        select string_agg(attname, ' ' order by attnum) from pg_attribute
         where attrelid = to_regclass('migrations.applied') and attnum > 0 and not attisdropped
        """)
      guard columns == ["version name checksum applied_at"] else {
        throw MigrationError.foreignSchema("migrations")
      }
      (applied, remade) = (try count("applied"), try count("remade"))
    }
    for schema in schemas where applied == 0 {
      if try schemaIsThere(schema, connection) { throw MigrationError.foreignSchema(schema) }
    }
    if try schemaIsThere(ops.name, connection) {
      if try remade == 0 || ops.isForeign(connection) {
        throw MigrationError.foreignSchema(ops.name)
      }
    }
  }

  private func schemaIsThere(_ name: String, _ connection: borrowing BlockingConnection) throws
    -> Bool
  {
    try connection.execute("select to_regnamespace($1) is not null", [name]) == ["t"]
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
      set local lock_timeout = 0;
      select pg_advisory_xact_lock(7405830247364);
      -- Whoever waits for a table's lock keeps everybody waiting who comes after.
      set local lock_timeout = '2s';
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
