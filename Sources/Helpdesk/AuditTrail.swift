public import Postgres

/// A change of a setting: who made it, when, and from where.
public struct AuditEvent: Sendable, Equatable {
  public var id: String
  public var at: Timestamp
  public var actorName: String
  /// A noun and what was done to it, as `api_key.created`.
  public var action: String
  public var targetName: String
  /// The address the change came from.
  public var address: String?
}

/// Who changed which setting. Written by the statements of the changes themselves, so that none goes
/// without, and read here.
public struct AuditTrail: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  /// SQL: the beginning of a statement that a change ends with; a `select` of `values` follows.
  static let insert = """
    insert into helpdesk.audit_events
      (org_id, id, at, actor_id, actor_name, action, target_id, target_name, address)
    """

  /// SQL: an event's columns. The organization is `$1`, the actor the user `u`.
  static func values(action: String, targetID: String, targetName: String, address: String)
    -> String
  {
    """
    $1, helpdesk.new_id(clock_timestamp()), clock_timestamp(), u.id, u.name, \(action), \
    \(targetID), \(targetName), \(address)
    """
  }

  private static let listEvents = Statement(
    """
    select id, at, actor_name, action, target_name, address from helpdesk.audit_events
     where org_id = $1 and ($2 is null or id < $2)
     order by id desc limit $3
    """, .text, .text, .int8)

  /// The newest events first.
  /// - Parameter id: only those before this one
  public func list(_ organization: OrganizationID, before id: String?, limit: Int) async throws
    -> [AuditEvent]
  {
    try await pool.read(
      Self.listEvents(.text(organization.rawValue), .text(id), .int8(Int64(limit)))
    ).map { row throws(PostgresError) in
      AuditEvent(
        id: try row.text(0), at: try row.timestamp(1), actorName: try row.text(2),
        action: try row.text(3), targetName: try row.text(4), address: try row.textOrNull(5))
    }
  }
}
