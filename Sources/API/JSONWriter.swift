import HTTPTypes
import Hummingbird
import NIOCore
import Postgres

/// Writes JSON straight into the buffer that is sent. By hand, since the encoders at hand build trees
/// of objects first: a response would cost several times what its query does.
struct JSONWriter {
  private(set) var buffer: ByteBuffer
  private var needsComma = false

  init(capacity: Int = 1024) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

  func response(_ status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: buffer))
  }

  mutating func openObject() { open("{") }
  mutating func closeObject() { close("}") }
  mutating func openArray() { open("[") }
  mutating func closeArray() { close("]") }

  /// A member's name, which must need no escaping.
  mutating func key(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    let comma = needsComma ? 1 : 0
    append(comma + length + 3) { bytes in
      bytes[0] = UInt8(ascii: ",")
      bytes[comma] = UInt8(ascii: "\"")
      let text = UnsafeRawBufferPointer(start: name.utf8Start, count: length)
      UnsafeMutableRawBufferPointer(rebasing: bytes[(comma + 1)...]).copyMemory(from: text)
      bytes[comma + 1 + length] = UInt8(ascii: "\"")
      bytes[comma + 2 + length] = UInt8(ascii: ":")
    }
    needsComma = false
  }

  mutating func null() { literal("null") }
  mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

  mutating func int(_ value: Int) {
    beginValue()
    buffer.writeString(String(value))
  }

  mutating func string(_ value: String) {
    var value = value
    value.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
  }

  mutating func timestamp(_ value: Timestamp) {
    beginValue()
    buffer.writeInteger(UInt8(ascii: "\""))
    value.withRFC3339 { _ = buffer.writeBytes($0) }
    buffer.writeInteger(UInt8(ascii: "\""))
  }

  /// A string of valid UTF-8, escaped as RFC 8259 asks.
  mutating func string(utf8 bytes: UnsafeRawBufferPointer) {
    beginValue()
    guard let first = bytes.firstIndex(where: Self.mustBeEscaped) else {
      return append(bytes.count + 2) { place in
        place[0] = UInt8(ascii: "\"")
        UnsafeMutableRawBufferPointer(rebasing: place[1...]).copyMemory(from: bytes)
        place[bytes.count + 1] = UInt8(ascii: "\"")
      }
    }
    buffer.writeInteger(UInt8(ascii: "\""))
    var clean = 0
    for index in first..<bytes.count where Self.mustBeEscaped(bytes[index]) {
      buffer.writeBytes(bytes[clean..<index])
      clean = index + 1
      escape(bytes[index])
    }
    buffer.writeBytes(bytes[clean...])
    buffer.writeInteger(UInt8(ascii: "\""))
  }

  private static func mustBeEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
    case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
    case UInt8(ascii: "\n"): buffer.writeStaticString("\\n")
    case UInt8(ascii: "\r"): buffer.writeStaticString("\\r")
    case UInt8(ascii: "\t"): buffer.writeStaticString("\\t")
    default:
      let hex = String(byte, radix: 16)
      buffer.writeString(hex.count == 1 ? "\\u000\(hex)" : "\\u00\(hex)")
    }
  }

  /// Appends `count` bytes, each of which `fill` must set.
  private mutating func append(_ count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) {
      fill($0)
      return count
    }
  }

  private mutating func literal(_ text: StaticString) {
    beginValue()
    buffer.writeStaticString(text)
  }

  private mutating func open(_ bracket: Unicode.Scalar) {
    beginValue()
    buffer.writeInteger(UInt8(ascii: bracket))
    needsComma = false
  }

  private mutating func close(_ bracket: Unicode.Scalar) {
    buffer.writeInteger(UInt8(ascii: bracket))
    needsComma = true
  }

  private mutating func beginValue() {
    if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
    needsComma = true
  }
}

// Columns straight from a row.
extension JSONWriter {
  mutating func text(_ row: Row, _ column: Int) throws(PostgresError) {
    try row.withText(column) { string(utf8: $0) }
  }

  mutating func textOrNull(_ row: Row, _ column: Int) throws(PostgresError) {
    if row.isNull(column) { null() } else { try text(row, column) }
  }

  mutating func timestampOrNull(_ row: Row, _ column: Int) throws(PostgresError) {
    if let value = try row.timestampOrNull(column) { timestamp(value) } else { null() }
  }

  mutating func textArray(_ row: Row, _ column: Int) throws(PostgresError) {
    openArray()
    try row.forEachText(column) { string(utf8: $0) }
    closeArray()
  }
}
