import HTTPServer
import HTTPTypes
import Helpdesk
import NIOCore
import Postgres

/// Writes JSON directly into the buffers that are sent. Written by hand, since Foundation's encoder
/// builds a tree of objects first: a response would cost several times as much as its query.
struct JSONWriter {
  /// The size of a buffer in bytes. A long text has several, and each is freed once it has been sent.
  private static let piece = 128 << 10

  private(set) var buffer: ByteBuffer
  /// Full buffers, which come before `buffer`.
  private var pieces: [ByteBuffer] = []
  private var bytesInPieces = 0
  private var needsComma = false

  init(capacity: Int = 1024) {
    buffer = ByteBufferAllocator().buffer(capacity: min(capacity, Self.piece))
  }

  /// Begins with the answer of a change.
  init(_ answer: ChangeAnswer) throws(PostgresError) {
    self = try answer.withJSON { json in
      var writer = JSONWriter(capacity: json.count)
      writer.buffer.writeBytes(json)
      return writer
    }
  }

  /// Writes an object that is already JSON, and leaves it open for more members.
  mutating func reopen(_ json: UnsafeRawBufferPointer) {
    beginValue()
    buffer.writeBytes(UnsafeRawBufferPointer(rebasing: json.dropLast()))
  }

  /// Bytes written.
  var length: Int { bytesInPieces + buffer.readableBytes }

  func response(_ status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"], body: pieces + [buffer])
  }

  /// Begins another piece if this one has no room for a value of about `bytes`.
  mutating func makeRoom(for bytes: Int) {
    guard buffer.readableBytes + bytes > Self.piece, buffer.readableBytes > 0 else { return }
    pieces.append(buffer)
    bytesInPieces += buffer.readableBytes
    buffer = ByteBufferAllocator().buffer(capacity: max(bytes, Self.piece))
  }

  /// Writes a value, and removes it again if that makes `length` exceed `most`.
  /// - Returns: true if it was written.
  mutating func write<E>(upTo most: Int, _ value: (inout JSONWriter) throws(E) -> Void) throws(E)
    -> Bool
  {
    let (end, comma) = (buffer.writerIndex, needsComma)
    try value(&self)
    guard length > most else { return true }
    buffer.moveWriterIndex(to: end)
    needsComma = comma
    return false
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

  mutating func stringOrNull(_ value: String?) {
    if let value { string(value) } else { null() }
  }

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

  /// A string of valid UTF-8, escaped as RFC 8259 requires.
  mutating func string(utf8 bytes: UnsafeRawBufferPointer) {
    beginValue()
    guard let first = Self.firstToEscape(in: bytes, from: 0) else {
      return append(bytes.count + 2) { room in
        room[0] = UInt8(ascii: "\"")
        UnsafeMutableRawBufferPointer(rebasing: room[1...]).copyMemory(from: bytes)
        room[bytes.count + 1] = UInt8(ascii: "\"")
      }
    }
    buffer.writeInteger(UInt8(ascii: "\""))
    var (clean, next) = (0, Optional(first))
    while let index = next {
      buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[clean..<index]))
      escape(bytes[index])
      clean = index + 1
      next = Self.firstToEscape(in: bytes, from: clean)
    }
    buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[clean...]))
    buffer.writeInteger(UInt8(ascii: "\""))
  }

  /// The first control character, quotation mark or backslash. Checks eight bytes at a time: in each of
  /// the three differences, a byte's highest bit is set if the byte is one of those sought.
  private static func firstToEscape(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    let (ones, highest) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    var index = start
    while index + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let (quotes, backslashes) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5c))
      let found =
        ((word &- ones &* 0x20) & ~word) | ((quotes &- ones) & ~quotes)
        | ((backslashes &- ones) & ~backslashes)
      if found & highest != 0 { break }
      index += 8
    }
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return nil
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
    case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
    case UInt8(ascii: "\n"): buffer.writeStaticString("\\n")
    case UInt8(ascii: "\r"): buffer.writeStaticString("\\r")
    case UInt8(ascii: "\t"): buffer.writeStaticString("\\t")
    case 0x08: buffer.writeStaticString("\\b")
    case 0x0c: buffer.writeStaticString("\\f")
    default:
      buffer.writeStaticString(byte < 0x10 ? "\\u000" : "\\u001")
      let digit = byte & 0xf
      buffer.writeInteger(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
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

// Members read directly from the columns of a row.
extension JSONWriter {
  mutating func text(_ name: StaticString, _ row: Row, _ column: Int) throws(PostgresError) {
    key(name)
    try row.withText(column) { string(utf8: $0) }
  }

  mutating func textOrNull(_ name: StaticString, _ row: Row, _ column: Int) throws(PostgresError) {
    guard row.isNull(column) else { return try text(name, row, column) }
    key(name)
    null()
  }

  mutating func textArray(_ name: StaticString, _ row: Row, _ column: Int) throws(PostgresError) {
    key(name)
    openArray()
    try row.forEachText(column) { string(utf8: $0) }
    closeArray()
  }

  mutating func timestamp(_ name: StaticString, _ row: Row, _ column: Int) throws(PostgresError) {
    key(name)
    timestamp(try row.timestamp(column))
  }

  mutating func timestampOrNull(_ name: StaticString, _ row: Row, _ column: Int)
    throws(PostgresError)
  {
    guard row.isNull(column) else { return try timestamp(name, row, column) }
    key(name)
    null()
  }
}
