/// Base 64 (RFC 4648, section 5): the alphabet that is safe in URLs and file names (`-` and `_`), without
/// padding.
public enum Base64URL {
  private static let padding = UInt8(ascii: "=")

  /// Encodes bytes to a single line without padding.
  public static func encode(_ bytes: [UInt8]) -> String {
    let symbols = Base64.encode(bytes).utf8.prefix { $0 != padding }.map { symbol in
      switch symbol {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      default: symbol
      }
    }
    return String(decoding: symbols, as: UTF8.self)
  }

  /// Decodes an unpadded text; returns nil if it is not exactly what ``encode(_:)`` would write.
  /// Refuses padding, characters outside the alphabet, lengths that no encoding has (one more than a
  /// multiple of four), and a last quantum whose unused bits are not zero (RFC 4648, section 3.5).
  public static func decode(_ text: String) -> [UInt8]? {
    var symbols: [UInt8] = []
    symbols.reserveCapacity(text.utf8.count + 3)
    for character in text.utf8 {
      switch character {
      case UInt8(ascii: "-"): symbols.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): symbols.append(UInt8(ascii: "/"))
      case UInt8(ascii: "+"), UInt8(ascii: "/"), padding: return nil
      default: symbols.append(character)
      }
    }
    symbols += repeatElement(padding, count: (4 - symbols.count % 4) % 4)
    return Base64.decode(String(decoding: symbols, as: UTF8.self))
  }
}
