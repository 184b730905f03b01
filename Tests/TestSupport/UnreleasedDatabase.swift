/// The databases in `Tests/Fixtures/Unreleased`: dumps that servers from before the first release left,
/// each next to the JSON of what the servers' clients know.
public enum UnreleasedDatabase: Int, CaseIterable, Sendable {
  /// The oldest that is upgraded, from the server of commit d003458.
  case migration15 = 15
  /// The same, migrated and used by the last server before the squash.
  case migration29 = 29

  private var path: String { Repository.path("Tests/Fixtures/Unreleased/\(rawValue)") }

  /// The clients' knowledge, as JSON.
  public func known() async throws -> String {
    try await TestProcess.run("gunzip", ["-c", "\(path).json.gz"])
  }

  /// Fills an empty database. Durations that were running when the dump was made continue from there.
  public func restore(into database: TestDatabase) async throws {
    try await TestProcess.run(
      "psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.url],
      input: try await TestProcess.run("gunzip", ["-c", "\(path).sql.gz"]))
    try await database.psql(Self.catchUp)
  }

  /// Lends a database filled with the dump.
  public func with<R>(_ body: (TestDatabase) async throws -> R) async throws -> R {
    try await TestDatabase.with { database in
      try await restore(into: database)
      return try await body(database)
    }
  }

  private static let catchUp = """
    do $$
    declare
      age constant interval := now() - (select max(created_at) from helpdesk.idempotency_keys);
      change text;
    begin
      for change in
        select format('update helpdesk.%I set %s', table_name,
                      string_agg(format('%1$I = %1$I + $1', column_name), ', '))
          from information_schema.columns
         where table_schema = 'helpdesk' and data_type = 'timestamp with time zone'
           and table_name not in ('tickets', 'comments', 'conversations', 'messages')
         group by table_name
      loop
        execute change using age;
      end loop;
    end
    $$
    """
}
