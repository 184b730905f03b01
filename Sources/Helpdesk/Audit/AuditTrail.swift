public import Postgres

/// A change of a setting: the person who made it, when, and from where.
public struct AuditEvent: Sendable, Equatable {
  public var id: String
  public var at: Timestamp
  public var actorName: String
  /// A noun and what was done to it, such as `api_key.created`.
  public var action: String
  public var targetName: String
  /// The target's new state, such as a role.
  public var detail: String?
  /// The address that the change came from.
  public var address: String?
}

/// The audit trail: each change of a setting, with its author. The function that makes the change writes
/// it.
public struct AuditTrail: Sendable {
  /// The events to list; all of them by default.
  public struct Filter: Sendable, Equatable {
    public enum Actor: Sendable, Equatable {
      case person(UserID)
      /// A person using `psql` or `tacohelp`.
      case anOperator
    }

    public var action: String?
    public var actor: Actor?

    public init(action: String? = nil, actor: Actor? = nil) {
      self.action = action
      self.actor = actor
    }
  }

  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  /// A statement for each set of filters, so that each is planned with the index that fits it.
  private static func list(_ conditions: String) -> Statement {
    Statement(
      """
      select id, at, actor_name, action, target_name, detail, address from helpdesk.audit_events
       where org_id = $1 and id < coalesce($2, '~') \(conditions)
       order by id desc limit $3
      """, .text, .text, .int8, .text, .text)
  }

  private static let ofAction = "and action = $4"
  private static let ofActor = "and coalesce(actor_id, '') = $5"
  private static let listAll = list("")
  private static let listOfAction = list(ofAction)
  private static let listOfActor = list(ofActor)
  private static let listOfBoth = list("\(ofAction) \(ofActor)")

  /// The newest events first.
  /// - Parameter id: lists only events before this one
  public func list(
    _ organization: OrganizationID, _ filter: Filter = Filter(), before id: String?, limit: Int
  ) async throws -> [AuditEvent] {
    let statement =
      switch (filter.action, filter.actor) {
      case (nil, nil): Self.listAll
      case (_?, nil): Self.listOfAction
      case (nil, _?): Self.listOfActor
      case (_?, _?): Self.listOfBoth
      }
    let actor: String? =
      switch filter.actor {
      case .person(let user): user.rawValue
      case .anOperator: ""
      case nil: nil
      }
    return try await pool.read(
      statement(
        .text(organization.rawValue), .text(id), .int8(Int64(limit)), .text(filter.action),
        .text(actor))
    ).map { row throws(PostgresError) in
      var columns = RowReader(row)
      return AuditEvent(
        id: try columns.text(), at: try columns.timestamp(), actorName: try columns.text(),
        action: try columns.text(), targetName: try columns.text(),
        detail: try columns.textOrNull(), address: try columns.textOrNull())
    }
  }
}
