/// Reads a row's columns one after another, in the order in which the statement names them.
public struct RowReader {
  public let row: Row
  private var column = -1

  public init(_ row: Row) { self.row = row }

  private mutating func next() -> Int {
    column += 1
    return column
  }

  /// Skips a column.
  /// - Returns: its number in `row`
  @discardableResult public mutating func skip() -> Int { next() }

  public mutating func text() throws(PostgresError) -> String { try row.text(next()) }
  public mutating func textOrNull() throws(PostgresError) -> String? { try row.textOrNull(next()) }
  public mutating func bool() throws(PostgresError) -> Bool { try row.bool(next()) }
  public mutating func int4() throws(PostgresError) -> Int { try row.int4(next()) }
  public mutating func int4OrNull() throws(PostgresError) -> Int? { try row.int4OrNull(next()) }
  public mutating func int8() throws(PostgresError) -> Int64 { try row.int8(next()) }
  public mutating func bytea() throws(PostgresError) -> [UInt8] { try row.bytea(next()) }
  public mutating func textArray() throws(PostgresError) -> [String] { try row.textArray(next()) }
  public mutating func timestamp() throws(PostgresError) -> Timestamp { try row.timestamp(next()) }
  public mutating func timestampOrNull() throws(PostgresError) -> Timestamp? {
    try row.timestampOrNull(next())
  }
}
