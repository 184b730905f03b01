import Foundation

/// Base 64 (RFC 4648, section 4): the standard alphabet (`+` and `/`), with padding.
public enum Base64 {
  /// Encodes bytes to a single line of four characters for every three bytes, padded with `=`.
  public static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  /// Decodes a padded text; returns nil if it is not exactly what ``encode(_:)`` would write.
  ///
  /// Refuses characters outside the alphabet (white space and line ends among them), missing or
  /// superfluous padding, and padded quanta whose unused bits are not zero (RFC 4648, section 3.5).
  public static func decode(_ text: String) -> [UInt8]? {
    guard let bytes = Data(base64Encoded: text),
      bytes.base64EncodedString().utf8.elementsEqual(text.utf8)
    else { return nil }
    return Array(bytes)
  }
}
