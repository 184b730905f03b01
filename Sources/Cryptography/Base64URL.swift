/// Base 64 of RFC 4648, section 5: the alphabet safe in URLs and file names (`-` and `_`), without
/// padding.
public enum Base64URL {
  /// Encodes bytes to a single line without padding.
  public static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: Base64Blocks.encodingCapacity(of: bytes.count)) { output in
      var count = Base64Blocks.encode(bytes, into: output)
      while count > 0, output[count - 1] == Base64Blocks.padding { count -= 1 }
      for index in 0..<count {
        switch output[index] {
        case UInt8(ascii: "+"): output[index] = UInt8(ascii: "-")
        case UInt8(ascii: "/"): output[index] = UInt8(ascii: "_")
        default: break
        }
      }
      return count
    }
  }

  /// Decodes an unpadded text, or returns nil when it is not exactly what ``encode(_:)`` would
  /// write.
  ///
  /// Refuses padding, characters outside the alphabet, lengths no encoding has (one more than a
  /// multiple of four), and a last quantum whose unused bits are not zero (RFC 4648, section 3.5).
  public static func decode(_ text: String) -> [UInt8]? {
    var symbols: [UInt8] = []
    symbols.reserveCapacity(text.utf8.count + 2)
    for character in text.utf8 {
      guard let symbol = standardSymbol(for: character) else { return nil }
      symbols.append(symbol)
    }
    let remainder = symbols.count % 4
    guard remainder != 1 else { return nil }
    let padding = remainder == 0 ? 0 : 4 - remainder
    symbols.append(contentsOf: repeatElement(Base64Blocks.padding, count: padding))
    return Base64Blocks.decode(symbols, padding: padding)
  }

  private static func standardSymbol(for character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      character
    case UInt8(ascii: "-"): UInt8(ascii: "+")
    case UInt8(ascii: "_"): UInt8(ascii: "/")
    default: nil
    }
  }
}
