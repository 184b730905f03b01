import Postgres

/// A statement that makes something, and its twin for requests with an `IdempotencyKey`: that one also
/// keeps the row that it returns, so that there is never the effect without the answer or the reverse.
struct Effect: Sendable {
  private let plain: Statement
  private let keeping: Statement
  private let kept: Statement
  /// Of the row that `kept` gives: where the columns behind the answer's begin.
  private let width: Int

  /// - Parameters:
  ///   - steps: SQL: CTEs, without `with`; `$1` is the organization
  ///   - result: SQL: the query over them; its row's first column is null when nothing was made
  ///   - columns: SQL: the types of the row's columns. Rows of the last 24 hours are read back by them:
  ///     an upgrade that moves columns misreads what was kept before it
  ///   - comments: SQL: the comments that belong to the answer, as JSON
  ///   - types: of the parameters
  init(
    _ steps: String, _ result: String, columns: [String], comments: String = "null",
    _ types: PostgresType...
  ) {
    width = columns.count
    plain = Statement("with \(steps)\n\(result)", types)
    keeping = Statement(
      """
      with \(steps), result (\(Self.names(columns))) as (
      \(result)
      ), kept as (
        insert into helpdesk.idempotency_keys (org_id, key, fingerprint, answer, comments)
        select $1, $\(types.count + 1), $\(types.count + 2), to_json(r), \(comments)
          from result r where r.c0 is not null
      )
      select * from result
      """, types + [.text, .bytea])
    kept = Statement(
      """
      select x.*, k.fingerprint = $3 as is_same, k.comments
        from helpdesk.idempotency_keys k
       cross join lateral json_to_record(
         case when k.fingerprint = $3 then k.answer else '{}' end)
         as x (\(Self.definitions(columns)))
       where k.org_id = $1 and k.key = $2
      """, .text, .text, .bytea)
  }

  /// SQL: the names under which columns are kept: `c0, c1`.
  static func names(_ columns: [String]) -> String {
    columns.indices.map { "c\($0)" }.joined(separator: ", ")
  }

  /// SQL: the same with their types: `c0 text, c1 int4`.
  static func definitions(_ columns: [String]) -> String {
    columns.enumerated().map { "c\($0) \($1)" }.joined(separator: ", ")
  }

  func callAsFunction(_ parameters: Parameter..., under key: IdempotencyKey?) -> Query {
    guard let key else { return plain(parameters) }
    return keeping(parameters + [.text(key.text), .bytea(key.fingerprint)])
  }

  /// Runs `make`, which executes the effect under the key, unless that has been done.
  ///
  /// Nobody waits for a request with the same key that is under way: of two, the one that keeps its
  /// answer later violates the key's uniqueness, and with it goes all that it did. A refusal may as
  /// well be the other's doing, as of a ticket that it has merged. So both look again.
  /// - Parameter replay: reads the answer from the row that was kept and its comments, as JSON
  func once<Answer: Sendable>(
    under key: IdempotencyKey?, in org: OrganizationID, _ pool: PostgresPool,
    make: () async throws -> Answer, replay: (Row, String?) async throws -> Answer
  ) async throws -> Made<Answer> {
    guard let key else { return Made(answer: try await make(), isReplay: false) }
    func find() async throws -> Made<Answer>? {
      let rows = try await pool.read(
        kept(.text(org.rawValue), .text(key.text), .bytea(key.fingerprint)))
      guard let row = rows.first else { return nil }
      guard try row.bool(width) else { throw HelpdeskError.idempotencyConflict }
      return Made(answer: try await replay(row, try row.textOrNull(width + 1)), isReplay: true)
    }
    if let made = try await find() { return made }
    do {
      return Made(answer: try await make(), isReplay: false)
    } catch let error as HelpdeskError {
      if let made = try await find() { return made }
      throw error
    } catch PostgresError.server(let error) where error.constraint == "idempotency_keys_pkey" {
      if let made = try await find() { return made }
      throw HelpdeskError.busy
    }
  }

  /// The same where the answer is the row.
  func once(
    under key: IdempotencyKey?, in org: OrganizationID, _ pool: PostgresPool,
    make: () async throws -> Row
  ) async throws -> Made<Row> {
    try await once(under: key, in: org, pool, make: make, replay: { row, _ in row })
  }
}
