/// The settings that statements depend on. Each session sets them, so that defaults of a database, a role
/// or the environment change nothing.
///
/// Settings that say how much something may cost or how safely it is stored are left to whoever runs the
/// database: memory, `synchronous_commit`, tablespaces, planner costs. `session_replication_role` is a
/// superuser's.
enum SessionSettings {
  /// Settings that change the meaning of statements.
  private static let meaning = [
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_deferrable", "off"),
    ("standard_conforming_strings", "on"),
    ("backslash_quote", "safe_encoding"),
    ("array_nulls", "on"),
    ("transform_null_equals", "off"),
    ("quote_all_identifiers", "off"),
    ("timezone", "UTC"),
    ("datestyle", "ISO, MDY"),
    ("intervalstyle", "postgres"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "1"),
    ("row_security", "on"),
    ("check_function_bodies", "on"),
    ("default_table_access_method", "heap"),
    ("plpgsql.extra_errors", "none"),
  ]

  /// Settings of the planner. A plan outlives the size that the table had when it was made: it scans an
  /// empty table, and keeps scanning when the table has grown. Every statement here has an index. A plan
  /// for the values at hand would be the same, and cost more to make than most statements to run.
  private static let planning = [
    ("enable_seqscan", "off"), ("enable_indexscan", "on"), ("enable_indexonlyscan", "on"),
    ("enable_bitmapscan", "on"), ("enable_nestloop", "on"),
    ("plan_cache_mode", "force_generic_plan"), ("jit", "off"),
  ]

  /// The text for libpq's `options`.
  /// - Parameter timeout: how long a unit of work may take. The server gives up before the client
  ///   does, so that a slow statement does not cost a connection.
  static func options(timeout: Duration) -> String {
    let milliseconds = timeout.wholeMilliseconds
    let statementTimeout = max(1, milliseconds / 2, milliseconds - 500)
    let timeouts = [
      ("statement_timeout", "\(statementTimeout)"), ("lock_timeout", "\(statementTimeout / 2)"),
      ("idle_in_transaction_session_timeout", "30000"), ("idle_session_timeout", "0"),
    ]
    return (timeouts + meaning + planning).map { name, value in
      "-c \(name)=\(value.replacing(" ", with: "\\ "))"
    }.joined(separator: " ")
  }

  /// SQL: true if a setting `s` may be set. A server whose own configuration is read-only stays so: that
  /// is how an operator, or a provider whose disk is nearly full, stops writes.
  private static let isOurs = """
    (s.name <> 'default_transaction_read_only' or s.source in ('database', 'user', 'database user'))
    """

  /// A statement for the start of a session, for what `options` cannot set. PGTZ and PGDATESTYLE are
  /// applied after these; some settings are unknown to older servers.
  static let completion = """
    select pg_catalog.set_config(s.name, w.value, false)
      from (values ('TimeZone', 'UTC'), ('DateStyle', 'ISO, MDY'), ('transaction_timeout', '0'),
                   ('restrict_nonsystem_relation_kind', ''), ('default_transaction_read_only', 'off'))
        as w (name, value)
      join pg_catalog.pg_settings s on s.name = w.name
     where s.setting <> w.value and \(isOurs)
    """

  /// Without these, statements would be refused or mean something else.
  private static let needed =
    meaning.filter {
      [
        "default_transaction_isolation", "standard_conforming_strings", "array_nulls",
        "transform_null_equals", "bytea_output", "intervalstyle",
      ].contains($0.0)
    } + [("default_transaction_read_only", "off")]

  /// The settings that a session must already have if none can be set, behind a pooler. Returns a line
  /// for each wrong one, such as `default_transaction_isolation = 'read committed'`.
  static let wrongDefaults = Statement(
    """
    select w.name || ' = ' || quote_literal(w.value)
      from (values \(needed.map { "('\($0)', '\($1)')" }.joined(separator: ", "))) as w (name, value)
      join pg_settings s on lower(s.name) = w.name
     where s.setting <> w.value and \(isOurs) order by 1
    """)
}

extension PostgresPool {
  /// The settings to give to the role behind a pooler, where a session cannot be given any; otherwise
  /// empty.
  public func wrongDefaults() async throws(PostgresError) -> [String] {
    guard !hasOwnSessions else { return [] }
    return try await read(SessionSettings.wrongDefaults()).map { row throws(PostgresError) in
      try row.text()
    }
  }
}
