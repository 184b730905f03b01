import Postgres

/// A function of `sql/functions` that changes something for one organization.
///
/// It returns one row, whose first column is `refusal`: null, or the word for why nothing was done.
struct Change: Sendable {
  let statement: Statement

  /// - Parameters:
  ///   - function: its name, such as `helpdesk.create_ticket`
  ///   - types: the types of its parameters
  init(_ function: String, _ types: PostgresType...) {
    statement = Statement(calling: function, types)
  }

  /// A function that changes a setting. Parameters of `types` follow the organization, the person who
  /// makes the change, and their address.
  init(setting function: String, _ types: PostgresType...) {
    statement = Statement(calling: function, [.text, .text, .text] + types)
  }

  func callAsFunction(by session: Session, from address: String?, _ parameters: [Parameter])
    -> Query
  {
    let actor = [session.organization.rawValue, session.user.rawValue, address]
    return statement(actor.map { .text($0) } + parameters)
  }

  func callAsFunction(_ parameters: Parameter..., under key: IdempotencyKey?) -> Query {
    statement(parameters + IdempotencyKey.parameters(key))
  }

  func callAsFunction(_ parameters: Parameter...) -> Query { statement(parameters) }
}

extension Statement {
  /// The call of a function.
  init(calling function: String, _ types: PostgresType...) { self.init(calling: function, types) }

  init(calling function: String, _ types: [PostgresType]) {
    let arguments = types.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    self.init("select * from \(function)(\(arguments))", types)
  }
}

extension PostgresPool {
  /// Runs a change as one unit. The events that it writes have the caller's `Trace.parent`.
  /// - Returns: the rows of each query
  func change(_ queries: Query...) async throws(PostgresError) -> [Rows] {
    guard let parent = Trace.parent else { return try await execute(UnitOfWork(.write, queries)) }
    let unit = UnitOfWork(.write, [Trace.set(.text(parent))] + queries)
    return Array(try await execute(unit).dropFirst())
  }

  /// Calls a function that returns the number of rows it has changed.
  func count(_ call: Query) async throws(PostgresError) -> Int {
    guard let row = try await write(call).first else {
      throw .decoding(column: "count", expected: "a row")
    }
    return try row.int4()
  }

  /// Calls a function that changes something. The events that it writes have the caller's `Trace.parent`.
  /// - Returns: the columns after `refusal`
  /// - Throws: `HelpdeskError` for a refusal
  func call(_ change: Query) async throws -> RowReader {
    try Self.columns(of: try await self.change(change)[0])
  }

  /// The columns after `refusal` of a function's only row.
  static func columns(of rows: Rows) throws -> RowReader {
    guard let row = rows.first else {
      throw PostgresError.decoding(column: "refusal", expected: "a row")
    }
    var columns = RowReader(row)
    guard let refusal = try columns.textOrNull() else { return columns }
    throw HelpdeskError(refusal: refusal)
      ?? PostgresError.decoding(column: "refusal", expected: "a word for a refusal, not \(refusal)")
  }
}
