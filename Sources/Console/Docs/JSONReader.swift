/// Reads JSON that the executable carries: it is trusted to be small and not deep.
struct JSONReader {
  struct Malformed: Error { let offset: Int }

  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  /// Throws `Malformed`.
  static func read(_ bytes: UnsafeRawBufferPointer) throws -> JSONValue {
    var reader = JSONReader(bytes: bytes)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.next == nil else { throw reader.malformed }
    return value
  }

  static func read(_ text: String) throws -> JSONValue {
    try Array(text.utf8).withUnsafeBytes { try read($0) }
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private var malformed: Malformed { Malformed(offset: offset) }
  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      offset += 1
    }
  }

  /// The byte, if it comes next after white space, is passed over.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard take(character) else { throw malformed }
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    default:
      let start = offset
      while let byte = next, !Self.ends.contains(byte) { offset += 1 }
      switch String(decoding: bytes[start..<offset], as: UTF8.self) {
      case "null": return .null
      case "true": return .bool(true)
      case "false": return .bool(false)
      case let text:
        guard Double(text) != nil else { throw malformed }
        return .number(text)
      }
    }
  }

  private static let ends = Set(",]} \n\r\t".utf8)

  private mutating func object() throws -> JSONValue {
    try expect("{")
    var members: [JSONValue.Member] = []
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      let name = try string()
      try expect(":")
      members.append(JSONValue.Member(name: name, value: try value()))
    } while take(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array() throws -> JSONValue {
    try expect("[")
    var items: [JSONValue] = []
    if take("]") { return .array(items) }
    repeat { items.append(try value()) } while take(",")
    try expect("]")
    return .array(items)
  }

  private mutating func string() throws -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = next {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escaped()
      default: text.append(byte)
      }
    }
    throw malformed
  }

  private mutating func escaped() throws -> [UInt8] {
    guard let byte = next else { throw malformed }
    offset += 1
    switch byte {
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "u"):
      // Halves of surrogate pairs are not written by scripts/openapi, and are no scalars.
      guard bytes.count - offset >= 4,
        let number = UInt32(
          String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16),
        let scalar = Unicode.Scalar(number)
      else { throw malformed }
      offset += 4
      return Array(String(scalar).utf8)
    default: throw malformed
    }
  }
}
