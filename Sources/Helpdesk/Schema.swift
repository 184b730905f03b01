import EmbeddedSQL
public import Postgres

/// The schema this executable was built with: the files of `sql/`.
public enum Schema {
  public static let migrator = Migrator(
    migrations: files(embedded_migrations_list()),
    remakeable: files(embedded_functions_list()) + files(embedded_ops_list()),
    schemas: ["helpdesk"],
    squashed: squashed(),
    roles: String(cString: embedded_roles()), grants: String(cString: embedded_grants()))

  private static func squashed() -> Migration {
    let emailKey = files(embedded_migrations_list())[0].sql
    return Migration(
      version: 15, name: "0015_admission_batch.sql",
      sql: emailKey + String(cString: embedded_squash()))
  }

  /// True if a server can work: the schema is current, or newer as during a rolling upgrade, and the database can
  /// be written to by this role.
  public static func isReady(_ pool: PostgresPool) async throws(PostgresError) -> Bool {
    if case .behind = try await migrator.standing(pool) { return false }
    return try await pool.read(canWrite()).first?.bool(0) ?? false
  }

  /// Near the wraparound of transaction ids, and only there, one is asked for: PostgreSQL refuses to give any out
  /// when three million are left.
  private static let canWrite = Statement(
    """
    select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'
       and has_any_column_privilege('helpdesk.rate_limits', 'update')
       and case when (select max(age(datfrozenxid)) from pg_database) > 2100000000
                then pg_current_xact_id() is not null else true end
    """)

  private static func files(_ list: UnsafePointer<embedded_sql>) -> [Migration] {
    var files: [Migration] = []
    var file = list
    while let name = file.pointee.name, let text = file.pointee.text {
      files.append(
        Migration(version: files.count + 1, name: String(cString: name), sql: String(cString: text))
      )
      file += 1
    }
    return files
  }
}
