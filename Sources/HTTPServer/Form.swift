/// The names and values of a form or of a query. Names may repeat.
package struct Form: Sendable {
  package private(set) var fields: [(name: String, value: String)] = []

  package init() {}

  /// Reads `application/x-www-form-urlencoded`; nil if a name or value is not UTF-8 or contains U+0000.
  package init?(parsing bytes: some Sequence<UInt8>) {
    for (name, value) in Self.pairs(bytes) {
      guard let name = Self.decode(name), let value = Self.decode(value) else { return nil }
      fields.append((name, value))
    }
  }

  /// Reads a query. A name or value that cannot be decoded stands for itself.
  package init(lenient query: String) {
    for (name, value) in Self.pairs(query.utf8) {
      fields.append((Self.decode(name) ?? Self.text(name), Self.decode(value) ?? Self.text(value)))
    }
  }

  /// The first value of this name; empty if there is none.
  package subscript(name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

  package func values(_ name: String) -> [String] {
    fields.filter { $0.name == name }.map(\.value)
  }

  private static func pairs(_ bytes: some Sequence<UInt8>) -> [(
    name: ArraySlice<UInt8>, value: ArraySlice<UInt8>
  )] {
    bytes.split(separator: UInt8(ascii: "&")).map { pair in
      let name = pair.prefix { $0 != UInt8(ascii: "=") }
      return (name, pair.dropFirst(name.count + 1))
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }

  /// Decodes percent-encoding (RFC 3986, 2.1), and `+` as a space.
  private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var rest = bytes
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(hexDigit),
          let low = rest.popFirst().flatMap(hexDigit), high << 4 | low != 0
        else { return nil }
        decoded.append(high << 4 | low)
      case 0: return nil
      default: decoded.append(byte)
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
