import CLibPQ

/// The result of one statement.
public struct Rows: Sendable, RandomAccessCollection {
  let result: QueryResult

  public var startIndex: Int { 0 }
  public var endIndex: Int { Int(PQntuples(result.pointer)) }
  public subscript(index: Int) -> Row { Row(result: result, index: Int32(clamping: index)) }

  /// The memory that the rows take, in bytes.
  public var byteCount: Int { Int(PQresultMemorySize(result.pointer)) }
}

/// A libpq result.
/// It is `@unchecked` because libpq never changes a PGresult after it has handed it out, reading one is
/// thread-safe, and it is freed once, when the last reference goes.
final class QueryResult: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { PQclear(pointer) }
}

/// A row. Columns are read by position; each accessor throws `PostgresError.decoding` with the column's
/// name if the column's type does not match, or the value is null.
public struct Row: Sendable {
  let result: QueryResult
  let index: Int32

  public func isNull(_ column: Int) -> Bool {
    PQgetisnull(result.pointer, index, Int32(clamping: column)) != 0
  }

  public func text(_ column: Int) throws(PostgresError) -> String {
    guard let value = try textOrNull(column) else { throw mismatch(column, "text, not null") }
    return value
  }

  public func textOrNull(_ column: Int) throws(PostgresError) -> String? {
    guard let bytes = try bytes(column, .text, or: .json) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The UTF-8 bytes of a text column, valid only while `body` runs.
  public func withText<R>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> R)
    throws(PostgresError) -> R
  {
    guard let bytes = try bytes(column, .text, or: .json) else {
      throw mismatch(column, "text, not null")
    }
    return body(bytes)
  }

  public func bool(_ column: Int) throws(PostgresError) -> Bool {
    guard let bytes = try bytes(column, .bool), bytes.count == 1 else {
      throw mismatch(column, "bool")
    }
    return bytes[0] != 0
  }

  public func int4(_ column: Int) throws(PostgresError) -> Int {
    guard let value = try integer(column, .int4, Int32.self) else {
      throw mismatch(column, "int4")
    }
    return Int(value)
  }

  public func int4OrNull(_ column: Int) throws(PostgresError) -> Int? {
    try integer(column, .int4, Int32.self).map(Int.init)
  }

  public func int8(_ column: Int) throws(PostgresError) -> Int64 {
    guard let value = try integer(column, .int8, Int64.self) else {
      throw mismatch(column, "int8")
    }
    return value
  }

  public func timestamp(_ column: Int) throws(PostgresError) -> Timestamp {
    guard let value = try timestampOrNull(column) else { throw mismatch(column, "timestamptz") }
    return value
  }

  public func timestampOrNull(_ column: Int) throws(PostgresError) -> Timestamp? {
    try integer(column, .timestamptz, Int64.self).map(Timestamp.init(microsecondsSince2000:))
  }

  public func bytea(_ column: Int) throws(PostgresError) -> [UInt8] {
    guard let bytes = try bytes(column, .bytea) else { throw mismatch(column, "bytea") }
    return Array(bytes)
  }

  public func textArray(_ column: Int) throws(PostgresError) -> [String] {
    var values: [String] = []
    try forEachText(column) { values.append(String(decoding: $0, as: UTF8.self)) }
    return values
  }

  /// The UTF-8 bytes of each element of a `text[]`, each valid only while `body` runs.
  public func forEachText(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Void)
    throws(PostgresError)
  {
    guard let bytes = try bytes(column, .textArray) else { throw mismatch(column, "text[]") }
    func int(_ at: Int) throws(PostgresError) -> Int {
      guard at >= 0, at + 4 <= bytes.count else { throw mismatch(column, "text[]") }
      return Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: Int32.self)))
    }
    let dimensions = try int(0)
    if dimensions == 0 { return }
    guard dimensions == 1 else { throw mismatch(column, "text[] of one dimension") }
    var at = 20
    for _ in 0..<(try int(12)) {
      let length = try int(at)
      guard length >= 0, at + 4 + length <= bytes.count else {
        throw mismatch(column, "text[] without nulls")
      }
      body(UnsafeRawBufferPointer(rebasing: bytes[(at + 4)..<(at + 4 + length)]))
      at += 4 + length
    }
  }

  private func integer<T: FixedWidthInteger>(_ column: Int, _ type: PostgresType, _: T.Type)
    throws(PostgresError) -> T?
  {
    guard let bytes = try bytes(column, type) else { return nil }
    guard bytes.count == MemoryLayout<T>.size else { throw mismatch(column, "\(type)") }
    return T(bigEndian: bytes.loadUnaligned(as: T.self))
  }

  private func bytes(_ column: Int, _ type: PostgresType, or other: PostgresType? = nil)
    throws(PostgresError) -> UnsafeRawBufferPointer?
  {
    let column32 = Int32(clamping: column)
    let oid = PQftype(result.pointer, column32)
    guard oid == type.rawValue || oid == other?.rawValue else { throw mismatch(column, "\(type)") }
    guard PQgetisnull(result.pointer, index, column32) == 0 else { return nil }
    return UnsafeRawBufferPointer(
      start: PQgetvalue(result.pointer, index, column32),
      count: Int(PQgetlength(result.pointer, index, column32)))
  }

  private func mismatch(_ column: Int, _ expected: String) -> PostgresError {
    let name = PQfname(result.pointer, Int32(clamping: column)).map { String(cString: $0) }
    return .decoding(column: name ?? "#\(column)", expected: expected)
  }
}
