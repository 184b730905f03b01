/// A person in an organization: a client who writes in, an agent who answers, or an admin.
public enum User {
  public enum Role: String, Sendable, CaseIterable { case client, agent, admin }

  /// How many columns `columns` names.
  public static let columnCount = 4

  /// SQL: the columns of the user `alias`.
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

  /// SQL: the form by which e-mail addresses are compared. It is the same in every locale of the
  /// database, and indexed.
  static func emailKey(_ address: String) -> String {
    "helpdesk.email_key(\(address)) collate \"C\""
  }
}
