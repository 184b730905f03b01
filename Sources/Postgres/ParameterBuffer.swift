/// Parameters in the wire's binary form, reused from query to query so that sending allocates nothing.
struct ParameterBuffer {
  private var bytes: [UInt8] = []
  private var starts: [Int] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []
  private var pointers: [UnsafePointer<CChar>?] = []

  /// Encodes `parameters` and lends the arrays that libpq needs.
  mutating func withEncoded<R>(
    _ parameters: [Parameter],
    _ body: (
      _ count: Int32, _ values: UnsafePointer<UnsafePointer<CChar>?>?,
      _ lengths: UnsafePointer<Int32>?, _ formats: UnsafePointer<Int32>?
    ) -> R
  ) -> R {
    bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20)
    starts.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    formats.removeAll(keepingCapacity: true)
    pointers.removeAll(keepingCapacity: true)
    for parameter in parameters {
      let start = bytes.count
      append(parameter)
      starts.append(parameter.type == nil ? -1 : start)
      lengths.append(Int32(clamping: bytes.count - start))
      formats.append(1)
    }
    // An empty value still needs an address: a null pointer would mean NULL.
    bytes.append(0)
    return bytes.withUnsafeBytes { raw in
      let base = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
      for start in starts { pointers.append(start < 0 ? nil : base.map { $0 + start }) }
      return body(Int32(clamping: parameters.count), pointers, lengths, formats)
    }
  }

  private mutating func append(_ parameter: Parameter) {
    switch parameter {
    case .null: break
    case .bool(let value): bytes.append(value ? 1 : 0)
    case .int4(let value): append(integer: value)
    case .int8(let value): append(integer: value)
    case .text(let value): bytes.append(contentsOf: value.utf8)
    case .bytea(let value): bytes.append(contentsOf: value)
    case .timestamptz(let value): append(integer: value.microsecondsSince2000)
    case .textArray(let values):
      append(array: values, of: .text) { $0.append(contentsOf: $1.utf8) }
    case .int4Array(let values): append(array: values, of: .int4, Self.append)
    case .int8Array(let values): append(array: values, of: .int8, Self.append)
    case .timestamptzArray(let values):
      append(array: values.map(\.microsecondsSince2000), of: .timestamptz, Self.append)
    case .byteaArray(let values):
      append(array: values, of: .bytea) { $0.append(contentsOf: $1) }
    }
  }

  private mutating func append(integer value: some FixedWidthInteger) {
    Self.append(&bytes, value)
  }

  private static func append(_ bytes: inout [UInt8], _ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// PostgreSQL's `array_send`: dimensions, null flag, element type, then the length and lower bound of
  /// the only dimension, then each element with its length.
  private mutating func append<T>(
    array values: [T], of type: PostgresType, _ encode: (inout [UInt8], T) -> Void
  ) {
    append(integer: Int32(values.isEmpty ? 0 : 1))
    append(integer: Int32(0))
    append(integer: type.rawValue)
    guard !values.isEmpty else { return }
    append(integer: Int32(clamping: values.count))
    append(integer: Int32(1))
    for value in values {
      let start = bytes.count
      append(integer: Int32(0))
      encode(&bytes, value)
      let length = Int32(clamping: bytes.count - start - 4)
      withUnsafeBytes(of: length.bigEndian) { raw in
        for i in 0..<4 { bytes[start + i] = raw[i] }
      }
    }
  }
}
