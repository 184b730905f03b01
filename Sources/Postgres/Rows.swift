import CLibPQ

/// The result of one statement.
public struct Rows: Sendable, RandomAccessCollection {
  let result: QueryResult
  private var firstColumn = 0

  init(result: QueryResult) { self.result = result }

  public var startIndex: Int { 0 }
  public var endIndex: Int { Int(PQntuples(result.pointer)) }
  public subscript(index: Int) -> Row {
    Row(result: result, index: Int32(clamping: index), firstColumn: firstColumn)
  }

  /// The same rows from their second column on.
  public func droppingFirstColumn() -> Rows {
    var rows = self
    rows.firstColumn += 1
    return rows
  }

  /// The memory that the rows take, in bytes.
  public var byteCount: Int { Int(PQresultMemorySize(result.pointer)) }
}

/// A libpq result.
/// It is `@unchecked` because libpq never changes a PGresult after it has handed it out, reading one is
/// thread-safe, and it is freed once, when the last reference goes.
final class QueryResult: @unchecked Sendable {
  let pointer: OpaquePointer
  /// The columns' types, as PostgreSQL's catalogue numbers them.
  let types: [UInt32]

  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
    types = (0..<PQnfields(pointer)).map { PQftype(pointer, $0) }
  }

  deinit { PQclear(pointer) }
}

/// One row, to be read by a `RowReader`; what has only one column, or whose first is enough, by the
/// methods here.
public struct Row: Sendable {
  let result: QueryResult
  let index: Int32
  let firstColumn: Int

  public func text() throws(PostgresError) -> String {
    var columns = RowReader(self)
    return try columns.text()
  }

  public func textOrNull() throws(PostgresError) -> String? {
    var columns = RowReader(self)
    return try columns.textOrNull()
  }

  public func bool() throws(PostgresError) -> Bool {
    var columns = RowReader(self)
    return try columns.bool()
  }

  public func int4() throws(PostgresError) -> Int {
    var columns = RowReader(self)
    return try columns.int4()
  }

  public func timestamp() throws(PostgresError) -> Timestamp {
    var columns = RowReader(self)
    return try columns.timestamp()
  }
}
