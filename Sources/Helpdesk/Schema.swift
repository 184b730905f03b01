import Embedded
public import Postgres

/// The schema that this executable was built with: the files of `sql/`.
public enum Schema {
  public static let migrator = Migrator(
    migrations: migrations(in: "sql/migrations"),
    remakeable: migrations(in: "sql/functions") + migrations(in: "sql/ops"),
    schemas: ["helpdesk"],
    squashed: Migrator.Squashed(
      oldest: Migration(
        version: 15, name: "0015_admission_batch.sql",
        sql: EmbeddedFile.sql_migrations_0001_email_key_sql.text
          + EmbeddedFile.sql_squash_sql.text),
      version: 8),
    roles: EmbeddedFile.sql_roles_sql.text, grants: EmbeddedFile.sql_grants_sql.text)

  /// True if a server can work: the schema is current, or newer as during a rolling upgrade, and this
  /// role can write to the database.
  public static func isReady(_ pool: PostgresPool) async throws(PostgresError) -> Bool {
    if case .behind = try await migrator.status(pool) { return false }
    return try await pool.read(canWrite()).first?.bool() ?? false
  }

  /// A transaction id is asked for only near wraparound: PostgreSQL stops giving them out when three
  /// million are left.
  private static let canWrite = Statement(
    """
    select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'
       and has_any_column_privilege('helpdesk.rate_limits', 'update')
       and case when (select max(age(datfrozenxid)) from pg_database) > 2100000000
                then pg_current_xact_id() is not null else true end
    """)

  private static func migrations(in folder: String) -> [Migration] {
    EmbeddedFile.files(in: folder).enumerated().map { index, file in
      Migration(version: index + 1, name: file.name, sql: file.text)
    }
  }
}
