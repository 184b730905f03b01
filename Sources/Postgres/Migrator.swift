/// Brings a schema up to date: first each migration, once and in its own transaction; then, whenever
/// their content has changed, the files that can be remade at any time.
///
/// Safe to run from many servers at once: each step takes the same advisory lock for its transaction.
public struct Migrator: Sendable {
  public var migrations: [Migration]
  /// Functions and views that hold no data, in order of dependence. Each is made by `create or replace`,
  /// in one of `schemas` or in the schema `ops`.
  public var remakeable: [Migration]
  /// The schemas that `migrations` make.
  public var schemas: [String]
  /// The old migrations that the first of `migrations` replaces.
  public var squashed: Squashed?
  /// Makes the roles that the cluster does not have yet.
  public var roles: String
  /// Gives the roles their privileges. Applied each time, in the transaction that remakes.
  public var grants: String

  public init(
    migrations: [Migration], remakeable: [Migration], schemas: [String] = [],
    squashed: Squashed? = nil, roles: String = "", grants: String = ""
  ) {
    self.migrations = migrations
    self.remakeable = remakeable
    self.schemas = schemas
    self.squashed = squashed
    self.roles = roles
    self.grants = grants
  }

  /// Old migrations that others replaced. The first of the two series have different names, which
  /// distinguish them.
  public struct Squashed: Sendable {
    /// The oldest migration that a database must have. The SQL brings a database that has it, and perhaps
    /// later ones, to the state that `migrations` up to `version` make.
    public var oldest: Migration
    public var version: Int

    public init(oldest: Migration, version: Int) {
      self.oldest = oldest
      self.version = version
    }
  }

  private var remade: RemadeObjects { RemadeObjects(schemas: schemas + [RemadeObjects.ops]) }

  /// The newest version that this executable knows.
  public var version: Int { migrations.last?.version ?? 0 }

  /// Applies what is missing.
  /// - Parameter makingRoles: true to make roles, too, which requires the privilege to
  /// - Returns: the names of the files applied
  /// - Throws: `MigrationError`, or `PostgresError` if there is no connection
  public func migrate(_ configuration: PostgresConfiguration, makingRoles: Bool = false)
    async throws -> [String]
  {
    try await onThread("pg-migrate") {
      Result { try self.migrateBlocking(configuration, makingRoles) }
    }.get()
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
      try step("squash.sql", connection, &names) { names in try squash(connection, &names) }
      for migration in migrations.dropLast() {
        try step(migration.name, connection, &names) { names in
          try apply(migration, connection, &names)
        }
      }
      // These go together: once servers find the last migration, they begin to work.
      try step(migrations.last?.name ?? "", connection, &names) { names in
        if let last = migrations.last { try apply(last, connection, &names) }
        try remake(connection, &names)
      }
    } catch MigrationError.failed(let name, .server(let error))
      where ["55P03", "40P01"].contains(error.sqlState)
    {
      throw MigrationError.locked(name: name, holders: try holders(connection), applied: names)
    }
    return names
  }

  /// The sessions that have held locks on TacoHelp's tables for more than a second, in the order in which
  /// they began.
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
      """, [(schemas + [RemadeObjects.ops, "migrations"]).joined(separator: ",")]
    )
  }

  /// Brings a database with the old migrations to the state of those that replace them, records these as
  /// applied, applies the ones after them, and remakes: all in one transaction, because servers consider
  /// the database current as soon as it has the last migration.
  private func squash(_ connection: borrowing BlockingConnection, _ names: inout [String]) throws {
    guard let squashed else { return }
    let found = try connection.execute(
      "select version from migrations.applied where name = $1", [squashed.oldest.name])
    guard !found.isEmpty else { return }
    try connection.execute(squashed.oldest.sql)
    try connection.execute("delete from migrations.applied")
    for migration in migrations where migration.version <= squashed.version {
      try note(migration, connection)
    }
    names.append("squash.sql")
    for migration in migrations where migration.version > squashed.version {
      try apply(migration, connection, &names)
    }
    try remake(connection, &names)
  }

  /// SQL: true if the database has migrations from before the first of `migrations`, whose name is `$1`.
  private static let isUnsquashed = "coalesce(bool_or(version = 1 and name <> $1), false)"

  /// Refuses a database that `squashed` cannot bring up to date.
  private func refuseUnreleased(_ connection: borrowing BlockingConnection) throws {
    guard let squashed, let first = migrations.first else { return }
    let newest = try connection.execute(
      """
      select max(version) from migrations.applied
      having \(Self.isUnsquashed) and not bool_or(name = $2)
      """, [first.name, squashed.oldest.name])
    if let newest = newest.first.flatMap(Int.init) {
      throw MigrationError.unreleased(version: newest, oldest: squashed.oldest.version)
    }
  }

  private func apply(
    _ migration: Migration, _ connection: borrowing BlockingConnection, _ names: inout [String]
  ) throws {
    try refuseWhenNewer(connection)
    let applied = try connection.execute(
      "select checksum from migrations.applied where version = $1::int", ["\(migration.version)"])
    guard applied.isEmpty else {
      guard try applied == checksum(of: migration.sql, connection) else {
        throw MigrationError.edited(name: migration.name)
      }
      return
    }
    try connection.execute(migration.sql)
    try note(migration, connection)
    names.append(migration.name)
  }

  private func note(_ migration: Migration, _ connection: borrowing BlockingConnection) throws {
    try connection.execute(
      """
      insert into migrations.applied (version, name, checksum)
      values ($1::int, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
      """, ["\(migration.version)", migration.name, migration.sql])
  }

  private func remake(_ connection: borrowing BlockingConnection, _ names: inout [String]) throws {
    // Remade after every migration, too: a view may name columns that have changed.
    let all = "-- \(version)\n" + remakeable.map { "-- \($0.name)\n\($0.sql)" }.joined()
    try refuseWhenNewer(connection)
    let wanted = try checksum(of: all, connection)
    let found = try connection.execute("select checksum from migrations.remade")
    let isWhole = try remade.isWhole(connection)
    if found != wanted || !isWhole {
      if try schemaIsThere(RemadeObjects.ops, connection) {
        let new = try rehearse(connection)
        let grants = try makeWay(for: new, connection)
        try makeAll(connection)
        for grant in grants { try connection.execute(grant) }
        try remade.note(new, connection)
      } else {
        try remade.note(
          remade.inventory(connection) { try makeAll(connection) }, connection)
      }
      names += remakeable.map(\.name)
      try connection.execute(
        """
        insert into migrations.remade (checksum) values ($1)
        on conflict (only_row) do update set checksum = excluded.checksum, applied_at = now()
        """, wanted)
    }
    try attributing("grants.sql") { _ = try connection.execute(grants) }
  }

  /// Makes everything beside what was made before, and undoes it.
  /// - Returns: an inventory of what was made
  private func rehearse(_ connection: borrowing BlockingConnection) throws -> String {
    try connection.execute("savepoint rehearsal")
    try remade.setAside(connection)
    let new = try remade.inventory(connection) { try makeAll(connection) }
    try connection.execute("rollback to savepoint rehearsal")
    return new
  }

  private func makeAll(_ connection: borrowing BlockingConnection) throws {
    for file in remakeable {
      try attributing(file.name) { _ = try connection.execute(file.sql) }
    }
  }

  /// Drops objects that the new version does not have, or has in another form, unless somebody else's
  /// objects depend on them.
  /// - Returns: statements that restore the privileges of other roles
  private func makeWay(for new: String, _ connection: borrowing BlockingConnection) throws
    -> [String]
  {
    let taken = try remade.taken(new, connection)
    guard taken.isEmpty else { throw MigrationError.taken(taken) }
    let dependents = try remade.dependents(new, connection)
    guard dependents.isEmpty else { throw MigrationError.used(by: dependents) }
    let grants = try remade.grants(new, connection)
    for drop in try remade.drops(new, connection) { try connection.execute(drop) }
    return grants
  }

  /// Refuses a database that cannot be TacoHelp's, or is too old, before anything in it is changed.
  private func refuseForeign(_ connection: borrowing BlockingConnection) throws {
    let encoding = try connection.execute("show server_encoding").first ?? ""
    guard encoding == "UTF8" else { throw MigrationError.encoding(encoding) }
    func count(_ table: String) throws -> Int {
      try connection.execute("select count(*) from migrations.\(table)").first.flatMap(Int.init)
        ?? 0
    }
    var (applied, timesRemade) = (0, 0)
    if try schemaIsThere("migrations", connection) {
      let columns = try connection.execute(
        """
        select string_agg(attname, ' ' order by attnum) from pg_attribute
         where attrelid = to_regclass('migrations.applied') and attnum > 0 and not attisdropped
        """)
      guard columns == ["version name checksum applied_at"] else {
        throw MigrationError.foreignSchema("migrations")
      }
      try refuseUnreleased(connection)
      (applied, timesRemade) = (try count("applied"), try count("remade"))
    }
    for schema in schemas where applied == 0 {
      if try schemaIsThere(schema, connection) { throw MigrationError.foreignSchema(schema) }
    }
    if try schemaIsThere(RemadeObjects.ops, connection) {
      if try timesRemade == 0 || remade.isForeign(connection) {
        throw MigrationError.foreignSchema(RemadeObjects.ops)
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
    if let newest = newest.first.flatMap(Int.init), newest > version {
      throw MigrationError.databaseIsNewer(version: newest, known: version)
    }
  }

  private func checksum(of sql: String, _ connection: borrowing BlockingConnection) throws
    -> [String]
  {
    try connection.execute("select encode(sha256(convert_to($1, 'UTF8')), 'hex')", [sql])
  }

  /// Runs `body` in its own transaction, and adds the names of the files that it applied once that has
  /// committed.
  private func step(
    _ name: String, _ connection: borrowing BlockingConnection, _ names: inout [String],
    _ body: (inout [String]) throws -> Void
  ) throws {
    var applied: [String] = []
    try attributing(name) { try inTransaction(connection) { try body(&applied) } }
    names += applied
  }

  private func inTransaction(
    _ connection: borrowing BlockingConnection, _ body: () throws -> Void
  ) throws {
    // The lock's number is arbitrary, but every version of TacoHelp must use the same.
    try connection.execute(
      """
      begin;
      set local statement_timeout = 0;
      set local idle_in_transaction_session_timeout = 0;
      set local lock_timeout = 0;
      select pg_advisory_xact_lock(7405830247364);
      -- While this waits for a table's lock, every later user of the table waits behind it.
      set local lock_timeout = '2s';
      """)
    do {
      try body()
      try connection.execute("commit")
    } catch {
      // The original error says more than a failing rollback would; closing rolls back, too.
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
  /// The state of the database's migrations compared to this executable's.
  public enum Status: Sendable, Equatable {
    case current
    /// `migrate` has to be run.
    case behind(version: Int)
    /// A newer version has migrated it, as during a rolling upgrade. Migrations only add, so this
    /// executable still works.
    case ahead(version: Int)
  }

  private static let newest = Statement(
    "select coalesce(max(version), 0) as version from migrations.applied")

  private static let newestAndFirst = Statement(
    """
    select coalesce(max(version), 0) as version, \(isUnsquashed) as is_unsquashed
      from migrations.applied
    """, .text)

  /// Compares the database's version to this executable's.
  public func status(_ pool: PostgresPool) async throws(PostgresError) -> Status {
    let found: Int
    do throws(PostgresError) {
      let first = squashed == nil ? nil : migrations.first?.name
      var newest = try await pool.read(Self.newestAndFirst(.text(first))).first.map(RowReader.init)
      found = try newest?.int4() ?? 0
      if try newest?.bool() == true { return .behind(version: found) }
    } catch .server(let error) where ["42P01", "3F000"].contains(error.sqlState) {
      return .behind(version: 0)
    } catch .server(let error) where error.sqlState == "42501" && squashed != nil {
      // Servers of databases before the squash may not read the names.
      var newest = try await pool.read(Self.newest()).first.map(RowReader.init)
      return .behind(version: try newest?.int4() ?? 0)
    }
    if found == version { return .current }
    return found < version ? .behind(version: found) : .ahead(version: found)
  }
}
