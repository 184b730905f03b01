import Postgres

/// A function of `sql/functions` that changes something for one organization.
///
/// It returns one row. Its first column is `refusal`: null, or the word for why nothing was done.
struct Change: Sendable {
  let statement: Statement

  /// - Parameters:
  ///   - function: its name, as `helpdesk.create_ticket`
  ///   - types: its parameters
  init(_ function: String, _ types: PostgresType...) {
    let arguments = types.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    statement = Statement("select * from \(function)(\(arguments))", types)
  }

  func callAsFunction(_ parameters: Parameter..., under key: IdempotencyKey?) -> Query {
    statement(parameters + IdempotencyKey.parameters(key))
  }

  func callAsFunction(_ parameters: Parameter...) -> Query { statement(parameters) }
}

extension PostgresPool {
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
