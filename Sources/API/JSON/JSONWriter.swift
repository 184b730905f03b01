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
  /// The name of the member whose value comes next. It is written with the value.
  private var name: StaticString?

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
    value(UnsafeRawBufferPointer(rebasing: json.dropLast()))
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
  mutating func key(_ name: StaticString) { self.name = name }

  mutating func null() { value("null") }

  mutating func stringOrNull(_ value: String?) {
    if let value { string(value) } else { null() }
  }

  mutating func int(_ value: Int) {
    var text = String(value)
    text.withUTF8 { self.value(UnsafeRawBufferPointer($0)) }
  }

  mutating func string(_ value: String) {
    var value = value
    value.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
  }

  mutating func timestamp(_ moment: Timestamp) {
    let length = Timestamp.rfc3339Length
    quoted(length) { out in
      moment.writeRFC3339(to: UnsafeMutableRawBufferPointer(start: out, count: length))
    }
  }

  /// A string of valid UTF-8, escaped as RFC 8259 requires.
  mutating func string(utf8 bytes: UnsafeRawBufferPointer) {
    guard let first = Self.firstToEscape(in: bytes, from: 0) else {
      return quoted(bytes.count) { Self.copy(bytes, to: $0) }
    }
    value("\"")
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

  /// The first control character, quotation mark or backslash.
  private static func firstToEscape(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var index = start
    while index + 8 <= bytes.count, !hasByteToEscape(bytes, at: index) { index += 8 }
    // The last bytes are read together with some that are known to be clean.
    if index + 8 > bytes.count, bytes.count - start >= 8,
      !hasByteToEscape(bytes, at: bytes.count - 8)
    {
      return nil
    }
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return nil
  }

  /// True if one of eight bytes has to be escaped: each of the three differences has a byte's highest bit
  /// where that byte is sought.
  private static func hasByteToEscape(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
    let (ones, highest) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    let (quotes, backslashes) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5c))
    let found =
      ((word &- ones &* 0x20) & ~word) | ((quotes &- ones) & ~quotes)
      | ((backslashes &- ones) & ~backslashes)
    return found & highest != 0
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

  private mutating func value(_ json: StaticString) {
    value(UnsafeRawBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount))
  }

  private mutating func value(_ json: UnsafeRawBufferPointer) {
    value(json.count) { Self.copy(json, to: $0) }
  }

  private mutating func quoted(_ count: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
    value(count + 2) { out in
      out.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
      fill(out + 1)
      out.storeBytes(of: UInt8(ascii: "\""), toByteOffset: count + 1, as: UInt8.self)
    }
  }

  private static func copy(_ bytes: UnsafeRawBufferPointer, to out: UnsafeMutableRawPointer) {
    if let start = bytes.baseAddress { out.copyMemory(from: start, byteCount: bytes.count) }
  }

  /// Appends a value of `count` bytes, each of which `fill` must set; before it the comma and the
  /// member's name, if they are due.
  private mutating func value(_ count: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
    let (comma, name) = (needsComma ? 1 : 0, name)
    let start = comma + (name.map { $0.utf8CodeUnitCount + 3 } ?? 0)
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: start + count) { room in
      guard let out = room.baseAddress else { return 0 }
      if comma == 1 { room[0] = UInt8(ascii: ",") }
      if let name {
        room[comma] = UInt8(ascii: "\"")
        (out + comma + 1).copyMemory(from: name.utf8Start, byteCount: name.utf8CodeUnitCount)
        room[start - 2] = UInt8(ascii: "\"")
        room[start - 1] = UInt8(ascii: ":")
      }
      fill(out + start)
      return start + count
    }
    self.name = nil
    needsComma = true
  }

  private mutating func open(_ bracket: StaticString) {
    value(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: StaticString) {
    needsComma = false
    value(bracket)
  }
}

// Members read directly from the columns of a row.
extension JSONWriter {
  mutating func text(_ name: StaticString, _ columns: inout RowReader) throws(PostgresError) {
    key(name)
    try columns.withText { string(utf8: $0) }
  }

  mutating func textOrNull(_ name: StaticString, _ columns: inout RowReader) throws(PostgresError) {
    guard columns.isNull else { return try text(name, &columns) }
    columns.skip()
    key(name)
    null()
  }

  mutating func textArray(_ name: StaticString, _ columns: inout RowReader) throws(PostgresError) {
    key(name)
    openArray()
    try columns.forEachText { string(utf8: $0) }
    closeArray()
  }

  mutating func timestamp(_ name: StaticString, _ moment: Timestamp) {
    key(name)
    timestamp(moment)
  }

  mutating func timestampOrNull(_ name: StaticString, _ columns: inout RowReader)
    throws(PostgresError)
  {
    key(name)
    if let moment = try columns.timestampOrNull() { timestamp(moment) } else { null() }
  }
}
