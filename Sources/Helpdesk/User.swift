/// Somebody in an organization: a client who writes in, an agent who answers, an admin.
public enum User {
  public enum Role: String, Sendable, CaseIterable { case client, agent, admin }

  /// Where the columns of a user stand in a row, from some first column on.
  public enum Column: Int { case id, name, email, role }

  /// SQL: the columns of the user `alias`, in `Column`'s order.
  static func columns(_ alias: String) -> String {
    "\(alias).id, \(alias).name, \(alias).email, \(alias).role"
  }

  /// SQL: the user `alias` with this id, to be joined. Always by the primary key: a plan that fits every
  /// page of every organization would otherwise read all users of all of them.
  static func lateral(_ alias: String, org: String, id: String) -> String {
    """
    lateral (select \(columns("u")) from helpdesk.users u
              where u.org_id = \(org) and u.id = \(id) offset 0) \(alias)
    """
  }

  /// SQL: what an e-mail address is compared by; the same in every locale of the database, and with an index.
  static func emailKey(_ address: String) -> String {
    "helpdesk.email_key(\(address)) collate \"C\""
  }
}

/// An e-mail address: one `@`, at most 254 characters, a domain with a dot; no white space, no invisible
/// characters (Unicode's categories Cf and Zs), no angle brackets, no `mailto:` before it. `ops._is_email` has
/// the same rule.
public struct EmailAddress: Sendable, Equatable {
  public let text: String

  /// Nil when the text is no such address. White space around it does not count.
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
    let properties = scalar.properties
    return properties.isWhitespace || properties.generalCategory == .format
      || scalar.value < 0x20 || scalar.value == 0x7f || scalar == "<" || scalar == ">"
  }

  private init(unchecked text: String) { self.text = text }

  /// Stands where an address was asked for and none was given; never stored.
  public static let unknown = EmailAddress(unchecked: "")
}

extension String {
  /// Without the Unicode white space around it.
  public func trimmingWhiteSpace() -> String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
