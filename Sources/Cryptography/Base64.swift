/// Base 64 of RFC 4648, section 4: the standard alphabet (`+` and `/`), with padding.
public enum Base64 {
  /// Encodes bytes to a single line of four characters for every three bytes, padded with `=`.
  public static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: Base64Blocks.encodingCapacity(of: bytes.count)) {
      Base64Blocks.encode(bytes, into: $0)
    }
  }

  /// Decodes a padded text, or returns nil when it is not exactly what ``encode(_:)`` would write.
  ///
  /// Refuses characters outside the alphabet (white space and line ends among them), missing or
  /// superfluous padding, and padded quanta whose unused bits are not zero (RFC 4648, section 3.5).
  public static func decode(_ text: String) -> [UInt8]? {
    let symbols = Array(text.utf8)
    let padding = symbols.suffix(2).reversed().prefix { $0 == Base64Blocks.padding }.count
    guard symbols.count.isMultiple(of: 4), symbols.dropLast(padding).allSatisfy(isSymbol) else {
      return nil
    }
    return Base64Blocks.decode(symbols, padding: padding)
  }

  private static func isSymbol(_ character: UInt8) -> Bool {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
      true
    default:
      false
    }
  }
}
