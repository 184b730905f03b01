/// An e-mail address: one `@`, at most 254 characters, a domain with a dot; no white space, no
/// invisible characters (Unicode's categories Cf and Zs), no angle brackets, no `mailto:` before it.
/// `ops._is_email` has the same rule.
public struct EmailAddress: Sendable, Equatable {
  public let text: String

  /// Nil if the text is not such an address. Surrounding white space is ignored.
  public init?(_ text: String) {
    let trimmed = text.trimmingWhiteSpace()
    // By code points: an @ with a combining mark after it is another Character, and still an @.
    let parts = trimmed.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, trimmed.unicodeScalars.count <= 254,
      // Some locales of the database count control characters as white space.
      !trimmed.unicodeScalars.contains(where: Self.isForbidden),
      !trimmed.prefix(7).lowercased().elementsEqual("mailto:")
    else { return nil }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.text = trimmed
  }

  static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    // Looking up Unicode's properties costs more than the rest of the check.
    if scalar.isASCII {
      return scalar.value <= 0x20 || scalar.value == 0x7f || scalar == "<" || scalar == ">"
    }
    return scalar.properties.isWhitespace || scalar.properties.generalCategory == .format
  }

  private init(unchecked text: String) { self.text = text }

  /// The address to use where one was asked for and none was given; never stored.
  public static let unknown = EmailAddress(unchecked: "")
}

extension String {
  /// The text without surrounding Unicode white space.
  public func trimmingWhiteSpace() -> String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.isWhiteSpace }),
      let last = scalars.lastIndex(where: { !$0.isWhiteSpace })
    else { return "" }
    return String(scalars[first...last])
  }
}

extension Unicode.Scalar {
  fileprivate var isWhiteSpace: Bool {
    isASCII ? value == 0x20 || (0x09...0x0d).contains(value) : properties.isWhitespace
  }
}
