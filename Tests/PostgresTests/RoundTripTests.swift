import TestSupport
import Testing

@testable import Postgres

@Suite("Parameters and columns", .database, .timeLimit(.minutes(1))) struct RoundTripTests {
  static let texts = [
    "", " ", "hello", "it's \"quoted\" \\ $1 %s", "héllo wörld", "日本語", "👩‍👩‍👧‍👦🌮", "e\u{301}",
    "\u{1}\t\n\r\u{7f}", "\u{10ffff}", String(repeating: "🌮x", count: 210_000),
  ]
  static let bytes: [[UInt8]] = [
    [], [0], [255], Array(0...255), [UInt8](repeating: 0, count: 1_048_576),
  ]

  @Test("text comes back as it was sent") func text() async throws {
    let statement = Statement("select $1 as value, octet_length($1) as bytes", .text)
    try await withSchemaPool { pool, _ in
      for text in Self.texts {
        let row = try await pool.row(statement(.text(text)))
        #expect(try row.text() == text)
        #expect(try row.textOrNull() == text)
        #expect(try row.column(1) { try $0.int4() } == text.utf8.count)
        #expect(try row.column(0) { try $0.withText { Array($0) } } == Array(text.utf8))
      }
    }
  }

  @Test("bytes come back as they were sent") func bytea() async throws {
    let statement = Statement("select $1", .bytea)
    try await withSchemaPool { pool, _ in
      for bytes in Self.bytes {
        let row = try await pool.row(statement(.bytea(bytes)))
        #expect(try row.column(0) { try $0.bytea() } == bytes)
      }
    }
  }

  @Test("numbers, booleans and moments come back, the extremes too") func scalars() async throws {
    let statement = Statement("select $1, $2, $3, $4", .bool, .int4, .int8, .timestamptz)
    let cases: [(Bool, Int32, Int64, Int64)] = [
      (true, 0, 0, 0), (false, 1, 1, 1), (true, -1, -1, -1), (false, .max, .max, .max),
      (true, .min, .min, .min), (true, 258, 1 << 40, 827_000_000_123_456),
    ]
    try await withSchemaPool { pool, _ in
      for (bool, int4, int8, moment) in cases {
        let row = try await pool.row(
          statement(
            .bool(bool), .int4(int4), .int8(int8),
            .timestamptz(Timestamp(microsecondsSince2000: moment))))
        #expect(try row.column(0) { try $0.bool() } == bool)
        #expect(try row.column(1) { try $0.int4() } == Int(int4))
        #expect(try row.column(1) { try $0.int4OrNull() } == Int(int4))
        #expect(try row.column(2) { try $0.int8() } == int8)
        #expect(try row.column(3) { try $0.timestamp() }.microsecondsSince2000 == moment)
      }
    }
  }

  @Test("arrays come back, empty ones and empty elements too") func arrays() async throws {
    let statement = Statement(
      "select $1, array_to_json($2)::text, array_to_json($3)::text, cardinality($1)",
      .textArray, .int4Array, .byteaArray)
    let cases: [(texts: [String], ints: [Int32], bytes: [[UInt8]], json: [String])] = [
      ([], [], [], ["[]", "[]"]),
      ([""], [0], [[]], ["[0]", #"["\\x"]"#]),
      (
        ["a", "", "null", "日本", "{\"}"], [1, -1, .max, .min], [[0, 255], [], [1]],
        ["[1,-1,2147483647,-2147483648]", #"["\\x00ff","\\x","\\x01"]"#]
      ),
    ]
    try await withSchemaPool { pool, _ in
      for (texts, ints, bytes, json) in cases {
        let row = try await pool.row(
          statement(.textArray(texts), .int4Array(ints), .byteaArray(bytes)))
        #expect(try row.column(0) { try $0.textArray() } == texts)
        #expect(try row.column(1) { try $0.text() } == json[0])
        #expect(try row.column(2) { try $0.text() } == json[1])
        #expect(try row.column(3) { try $0.int4() } == texts.count)
      }
      let large = (0..<10_000).map { "element \($0) " + String(repeating: "x", count: 100) }
      let rows = try await pool.read(
        statement(.textArray(large), .int4Array([]), .byteaArray([])))
      #expect(try rows.first?.column(0) { try $0.textArray() } == large)
    }
  }

  @Test("null is null in every type, and only where null is allowed") func nulls() async throws {
    let statement = Statement(
      "select $1 a, $2 b, $3 c, $4 d, $5 e, $6 f, $7 g", .text, .bool, .int4, .int8, .timestamptz,
      .bytea, .textArray)
    try await withSchemaPool { pool, _ in
      let row = try await pool.row(
        statement(
          .text(nil as String?), .null, .null, .null, .timestamptz(nil as Timestamp?), .null,
          .textArray(nil as [String]?)))
      for column in 0..<7 { #expect(row.column(column) { $0.isNull && $0.byteCount == 0 }) }
      #expect(try row.textOrNull() == nil)
      #expect(try row.column(2) { try $0.int4OrNull() } == nil)
      #expect(try row.column(4) { try $0.timestampOrNull() } == nil)
      expect(row, 0, "a", "text, not null") { try $0.text() }
      expect(row, 0, "a", "text, not null") { try $0.withText { $0.count } }
      expect(row, 1, "b", "bool") { try $0.bool() }
      expect(row, 2, "c", "int4") { try $0.int4() }
      expect(row, 3, "d", "int8") { try $0.int8() }
      expect(row, 4, "e", "timestamptz") { try $0.timestamp() }
      expect(row, 5, "f", "bytea") { try $0.bytea() }
      expect(row, 6, "g", "text[]") { try $0.textArray() }
    }
  }

  /// Expects that a column cannot be read, since it is not what is expected of it.
  private func expect<Value>(
    _ row: Row, _ column: Int, _ name: String, _ expected: String,
    _ read: (inout RowReader) throws -> Value
  ) {
    #expect(throws: PostgresError.decoding(column: name, expected: expected)) {
      try row.column(column, read)
    }
  }

  @Test("a column of another type is refused by name") func wrongColumnType() async throws {
    let statement = Statement(
      "select 1::int8 as big, 'x'::text as word, now()::timestamp as local, '{1}'::int4[] as list,"
        + " '{a,NULL}'::text[] as holes, '{{a},{b}}'::text[] as square, '{\"a\": 1}'::json as doc")
    try await withSchemaPool { pool, _ in
      let row = try await pool.row(statement())
      expect(row, 0, "big", "int4") { try $0.int4() }
      expect(row, 0, "big", "int4") { try $0.int4OrNull() }
      expect(row, 0, "big", "text") { try $0.text() }
      expect(row, 1, "word", "int8") { try $0.int8() }
      expect(row, 1, "word", "bool") { try $0.bool() }
      expect(row, 1, "word", "bytea") { try $0.bytea() }
      expect(row, 2, "local", "timestamptz") { try $0.timestamp() }
      expect(row, 3, "list", "textArray") { try $0.textArray() }
      expect(row, 4, "holes", "text[] without nulls") { try $0.textArray() }
      expect(row, 5, "square", "text[] of one dimension") { try $0.textArray() }
      #expect(try row.column(6) { try $0.text() } == #"{"a": 1}"#)
      expect(row, 7, "#7", "text") { try $0.text() }
      // A column that is not there is no null.
      expect(row, 7, "#7", "text") { try $0.isNull ? nil : $0.textOrNull() }
    }
  }

  @Test("columns are read in order, and a copy reads on from where it was made")
  func order() async throws {
    let statement = Statement(
      "select '' a, null::text b, 'c' c, null::int4 d, null::timestamptz e, '{}'::text[] f")
    try await withSchemaPool { pool, _ in
      let row = try #require(try await pool.read(statement()).droppingFirstColumn().first)
      var columns = RowReader(row)
      let copy = columns
      let isNull = columns.isNull
      columns.skip()
      let values = (try columns.text(), try columns.int4OrNull())
      columns.skip()
      let list = try columns.textArray()
      #expect(isNull && values.0 == "c" && values.1 == nil && list == [])
      columns = copy
      let first = try columns.textOrNull()
      #expect(first == nil)
    }
  }

  @Test("a parameter that does not fit its declaration is refused before it is sent")
  func wrongParameters() async throws {
    let statement = Statement("select $1, $2, $3", .int4, .text, .json)
    try await withSchemaPool { pool, _ in
      #expect(
        await failure { try await pool.read(statement(.int4(1))) }
          == .encoding("3 parameters declared, 1 given"))
      #expect(
        await failure { try await pool.read(statement(.int8(1), .text("a"), .null)) }
          == .encoding("$1 is declared int4, int8 given"))
      #expect(
        await failure { try await pool.read(statement(.int4(1), .bytea([]), .null)) }
          == .encoding("$2 is declared text, bytea given"))
      let row = try await pool.read(statement(.int4(1), .text("a"), .text("[1]"))).first
      #expect(try row?.column(2) { try $0.text() } == "[1]")
    }
  }

  @Test("text that PostgreSQL cannot hold is the server's error, and only this unit's")
  func nullByte() async throws {
    let statement = Statement("select $1", .text)
    try await withSchemaPool(connections: 1) { pool, _ in
      let error = await failure { try await pool.read(statement(.text("a\0b"))) }
      #expect(error?.sqlState == "22021")
      #expect(error?.isTransient == false)
      try await expectFine(pool)
    }
  }

  @Test("rows are a collection") func rows() async throws {
    let schema = "create table t (n int); insert into t values (1), (2), (4), (5), (6)"
    try await withSchemaPool(schema: schema) { pool, _ in
      let rows = try await pool.read(Statement("select n from t order by n")())
      #expect(rows.count == 5)
      #expect(try rows.map { try $0.int4() } == [1, 2, 4, 5, 6])
      #expect(try await pool.read(Statement("select n from t where false")()).isEmpty)
    }
  }
}
