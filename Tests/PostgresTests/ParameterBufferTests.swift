import Testing

@testable import Postgres

@Suite("Parameter buffer") struct ParameterBufferTests {
  /// Each parameter's bytes, nil for null.
  private func encode(_ buffer: inout ParameterBuffer, _ parameters: [Parameter]) -> [[UInt8]?] {
    buffer.withEncoded(parameters) { count, values, lengths, formats in
      (0..<Int(count)).map { i in
        #expect(formats?[i] == 1)
        guard let value = values?[i], let length = lengths?[i] else { return nil }
        return Array(UnsafeRawBufferPointer(start: value, count: Int(length)))
      }
    }
  }

  static let table: [(parameter: Parameter, bytes: [UInt8]?)] = [
    (.null, nil),
    (.text(nil as String?), nil),
    (.textArray(nil as [String]?), nil),
    (.bool(true), [1]),
    (.bool(false), [0]),
    (.int4(1), [0, 0, 0, 1]),
    (.int4(-2), [255, 255, 255, 254]),
    (.int8(258), [0, 0, 0, 0, 0, 0, 1, 2]),
    (.timestamptz(Timestamp(microsecondsSince2000: -1)), [255, 255, 255, 255, 255, 255, 255, 255]),
    (.text(""), []),
    (.text("aé"), [97, 195, 169]),
    (.bytea([]), []),
    (.bytea([0, 1]), [0, 1]),
    (.textArray([]), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25]),
    (
      .textArray(["ab", ""]),
      [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1]
        + [0, 0, 0, 2, 97, 98, 0, 0, 0, 0]
    ),
    (
      .int4Array([7]),
      [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7]
    ),
    (
      .byteaArray([[9]]),
      [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9]
    ),
  ]

  @Test("encodes each type as the server does") func each() {
    var buffer = ParameterBuffer()
    for (parameter, bytes) in Self.table {
      #expect(encode(&buffer, [parameter]) == [bytes], "\(parameter)")
    }
  }

  @Test("encodes many at once, again and again") func many() {
    var buffer = ParameterBuffer()
    for _ in 0..<3 {
      #expect(encode(&buffer, Self.table.map(\.parameter)) == Self.table.map(\.bytes))
      #expect(encode(&buffer, []).isEmpty)
      let large = [UInt8](repeating: 7, count: 3_000_000)
      #expect(encode(&buffer, [.bytea(large), .null, .bytea([1])]) == [large, nil, [1]])
    }
  }
}
