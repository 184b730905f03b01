public import Postgres

/// A ticket.
public enum Ticket {
  public enum Status: String, Sendable, CaseIterable {
    case open = "OPEN"
    case inProgress = "IN_PROGRESS"
    case waiting = "WAITING"
    case resolved = "RESOLVED"
    case closed = "CLOSED"
  }

  public enum Priority: String, Sendable, CaseIterable {
    case low = "LOW"
    case medium = "MEDIUM"
    case high = "HIGH"
    case urgent = "URGENT"
  }

  /// SQL: the columns of the ticket `t` and its users: what its tag shows, then the others.
  static func columns(_ t: String, description: Bool = true) -> String {
    """
    \(t).updated_at, \(User.columns("creator")), \(User.columns("assignee")),
    \(t).id, \(t).number, \(t).subject,
    \(description ? "\(t).description" : "null::text as description"),
    \(t).status, \(t).priority, \(t).source, \(t).tags, \(t).created_at,
    \(t).resolved_at, \(t).closed_at, \(t).merged_into_id
    """
  }

  /// SQL: joins the users of the ticket `t` as `creator` and `assignee`.
  static func joinUsers(_ t: String) -> String {
    """
    cross join \(User.lateral("creator", org: "\(t).org_id", id: "\(t).created_by"))
    left join \(User.lateral("assignee", org: "\(t).org_id", id: "\(t).assignee_id"))
      on \(t).assignee_id is not null
    """
  }

  /// A ticket to create.
  public struct Draft: Sendable {
    public var subject: String
    public var description: String
    public var createdByEmail: EmailAddress
    public var priority: Priority
    public var tags: [String]

    public init(
      subject: String, description: String, createdByEmail: EmailAddress,
      priority: Priority = .medium, tags: [String] = []
    ) {
      self.subject = subject
      self.description = description
      self.createdByEmail = createdByEmail
      self.priority = priority
      self.tags = tags
    }

    private static let create = Change(
      "helpdesk.create_ticket", .text, .text, .text, .text, .textArray, .text, .text, .bytea)

    func create(in org: OrganizationID, under key: IdempotencyKey?) -> Query {
      Self.create(
        .text(org.rawValue), .text(subject), .text(description), .text(priority.rawValue),
        .textArray(tags), .text(createdByEmail.text), under: key)
    }
  }

  /// A change of a ticket; nil leaves a member as it is.
  public struct Patch: Sendable {
    public enum Assignee: Sendable {
      case none
      case user(UserID)
    }

    public var subject: String?
    public var description: String?
    public var status: Status?
    public var priority: Priority?
    public var tags: [String]?
    public var assignee: Assignee?

    public init() {}

    private static let update = Change(
      "helpdesk.update_ticket", .text, .text, .text, .text, .text, .text, .textArray, .bool, .text,
      .int8Array)

    func update(_ id: TicketID, in org: OrganizationID, if precondition: Precondition) -> Query {
      let user: String? = if case .user(let user) = assignee { user.rawValue } else { nil }
      return Self.update(
        .text(org.rawValue), .text(id.rawValue), .text(subject), .text(description),
        .text(status?.rawValue), .text(priority?.rawValue), .textArray(tags),
        .bool(assignee != nil), .text(user), precondition.parameter)
    }
  }
}

/// A ticket and the first page of its comments.
public struct FoundTicket: Sendable {
  public let ticket: Row
  public let comments: ItemPage

  public init(ticket: Row, comments: ItemPage) {
    self.ticket = ticket
    self.comments = comments
  }
}
