import CLibPQ

/// Reads a row's columns one after the other, in the order in which the statement names them.
///
/// Each method takes the next column, and throws `PostgresError.decoding` with the column's name when its
/// type, or a null, does not fit. A copy reads on from the same column.
public struct RowReader: Sendable {
  private let result: QueryResult
  private let row: Int32
  private var column: Int

  public init(_ row: Row) {
    result = row.result
    self.row = row.index
    column = row.firstColumn
  }

  /// True if the next column is null.
  public var isNull: Bool {
    column < result.types.count && PQgetisnull(result.pointer, row, Int32(clamping: column)) != 0
  }

  /// Bytes of the next column; 0 if it is null.
  public var byteCount: Int {
    Int(PQgetlength(result.pointer, row, Int32(clamping: column)))
  }

  /// Leaves columns out.
  public mutating func skip(_ count: Int = 1) { column += count }

  public mutating func text() throws(PostgresError) -> String {
    try withText { String(decoding: $0, as: UTF8.self) }
  }

  public mutating func textOrNull() throws(PostgresError) -> String? {
    try next(.text, or: .json).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The UTF-8 bytes of a text, valid only while `body` runs.
  public mutating func withText<R>(_ body: (UnsafeRawBufferPointer) -> R) throws(PostgresError)
    -> R
  {
    guard let bytes = try next(.text, or: .json) else { throw mismatch("text, not null") }
    return body(bytes)
  }

  public mutating func bool() throws(PostgresError) -> Bool {
    guard let bytes = try next(.bool), bytes.count == 1 else { throw mismatch("bool") }
    return bytes[0] != 0
  }

  public mutating func int4() throws(PostgresError) -> Int {
    guard let value = try int4OrNull() else { throw mismatch("int4") }
    return value
  }

  public mutating func int4OrNull() throws(PostgresError) -> Int? {
    try integer(.int4, Int32.self).map(Int.init)
  }

  public mutating func int8() throws(PostgresError) -> Int64 {
    guard let value = try integer(.int8, Int64.self) else { throw mismatch("int8") }
    return value
  }

  public mutating func timestamp() throws(PostgresError) -> Timestamp {
    guard let value = try timestampOrNull() else { throw mismatch("timestamptz") }
    return value
  }

  public mutating func timestampOrNull() throws(PostgresError) -> Timestamp? {
    try integer(.timestamptz, Int64.self).map(Timestamp.init(microsecondsSince2000:))
  }

  public mutating func bytea() throws(PostgresError) -> [UInt8] {
    guard let bytes = try next(.bytea) else { throw mismatch("bytea") }
    return Array(bytes)
  }

  public mutating func textArray() throws(PostgresError) -> [String] {
    var values: [String] = []
    try forEachText { values.append(String(decoding: $0, as: UTF8.self)) }
    return values
  }

  /// The UTF-8 bytes of each element of a `text[]`, each valid only while `body` runs.
  public mutating func forEachText(_ body: (UnsafeRawBufferPointer) -> Void) throws(PostgresError) {
    guard let bytes = try next(.textArray) else { throw mismatch("text[]") }
    func int(_ at: Int) throws(PostgresError) -> Int {
      guard at >= 0, at + 4 <= bytes.count else { throw mismatch("text[]") }
      return Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: Int32.self)))
    }
    let dimensions = try int(0)
    if dimensions == 0 { return }
    guard dimensions == 1 else { throw mismatch("text[] of one dimension") }
    var at = 20
    for _ in 0..<max(0, try int(12)) {
      let length = try int(at)
      guard length >= 0, at + 4 + length <= bytes.count else {
        throw mismatch("text[] without nulls")
      }
      body(UnsafeRawBufferPointer(rebasing: bytes[(at + 4)..<(at + 4 + length)]))
      at += 4 + length
    }
  }

  private mutating func integer<T: FixedWidthInteger>(_ type: PostgresType, _: T.Type)
    throws(PostgresError) -> T?
  {
    guard let bytes = try next(type) else { return nil }
    guard bytes.count == MemoryLayout<T>.size else { throw mismatch("\(type)") }
    return T(bigEndian: bytes.loadUnaligned(as: T.self))
  }

  /// The next column's bytes; nil for null.
  private mutating func next(_ type: PostgresType, or other: PostgresType? = nil)
    throws(PostgresError) -> UnsafeRawBufferPointer?
  {
    let column = column
    self.column += 1
    guard column < result.types.count else { throw mismatch("\(type)") }
    let found = result.types[column]
    guard found == type.rawValue || found == other?.rawValue else { throw mismatch("\(type)") }
    let length = PQgetlength(result.pointer, row, Int32(clamping: column))
    // Null has the length 0, too.
    if length == 0, PQgetisnull(result.pointer, row, Int32(clamping: column)) != 0 { return nil }
    return UnsafeRawBufferPointer(
      start: PQgetvalue(result.pointer, row, Int32(clamping: column)), count: Int(length))
  }

  /// The error of the column that was taken last.
  private func mismatch(_ expected: String) -> PostgresError {
    let name = PQfname(result.pointer, Int32(clamping: column - 1)).map { String(cString: $0) }
    return .decoding(column: name ?? "#\(column - 1)", expected: expected)
  }
}
