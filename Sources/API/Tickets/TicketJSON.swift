import Helpdesk
import Postgres

// The schemas `User`, `Ticket` and `Comment` of openapi.yaml.
extension JSONWriter {
  /// `{id, name, email, role}`, or null if there is no user.
  mutating func user(_ row: Row, at first: Int) throws(PostgresError) {
    if row.isNull(first) { return null() }
    openObject()
    try text("id", row, first + User.Column.id.rawValue)
    try text("name", row, first + User.Column.name.rawValue)
    try text("email", row, first + User.Column.email.rawValue)
    try text("role", row, first + User.Column.role.rawValue)
    closeObject()
  }

  /// A ticket: in a list without its description, alone with its comments if they were asked for.
  mutating func ticket(_ row: Row, description: Bool = true, comments: ItemPage? = nil)
    throws(PostgresError)
  {
    openObject()
    try text("id", row, Ticket.Column.id.rawValue)
    key("ticketNumber")
    int(try row.int4(Ticket.Column.number.rawValue))
    try text("subject", row, Ticket.Column.subject.rawValue)
    if description {
      try text("description", row, Ticket.Column.description.rawValue)
    }
    try text("status", row, Ticket.Column.status.rawValue)
    try text("priority", row, Ticket.Column.priority.rawValue)
    try text("source", row, Ticket.Column.source.rawValue)
    try textArray("tags", row, Ticket.Column.tags.rawValue)
    try timestamp("createdAt", row, Ticket.Column.createdAt.rawValue)
    try timestamp("updatedAt", row, Ticket.Column.updatedAt.rawValue)
    try timestampOrNull("resolvedAt", row, Ticket.Column.resolvedAt.rawValue)
    try timestampOrNull("closedAt", row, Ticket.Column.closedAt.rawValue)
    try textOrNull("mergedIntoId", row, Ticket.Column.mergedIntoID.rawValue)
    try users(ofTicket: row)
    if let comments {
      try self.comments(comments, of: TicketID(try row.text(Ticket.Column.id.rawValue)))
    }
    closeObject()
  }

  /// The last members of a ticket.
  mutating func users(ofTicket row: Row) throws(PostgresError) {
    key("createdBy")
    try user(row, at: Ticket.Column.creator.rawValue)
    key("assignee")
    try user(row, at: Ticket.Column.assignee.rawValue)
  }

  /// A ticket that was changed, with its comments.
  mutating func ticket(_ ticket: ChangeAnswer, comments: ItemPage) throws(PostgresError) {
    try ticket.withJSON { json in reopen(json) }
    try self.comments(comments, of: TicketID(ticket.id))
    closeObject()
  }

  /// The members that only a ticket with its comments has.
  private mutating func comments(_ page: ItemPage, of ticket: TicketID?) throws(PostgresError) {
    key("comments")
    let next = try commentList(page, of: ticket)
    key("commentsNextCursor")
    stringOrNull(next)
  }

  /// A page of a ticket's comments.
  mutating func commentPage(_ page: ItemPage, of ticket: TicketID) throws(PostgresError) -> String?
  {
    try self.page("comments") { json throws(PostgresError) in try json.commentList(page, of: ticket)
    }
  }

  private mutating func commentList(_ page: ItemPage, of ticket: TicketID?) throws(PostgresError)
    -> String?
  {
    let last = try items(page, text: Comment.Column.content.rawValue) {
      json, row throws(PostgresError) in try json.comment(row)
    }
    return try cursor(
      last, in: ticket, createdAt: Comment.Column.createdAt.rawValue, id: Comment.Column.id.rawValue
    )
  }

  mutating func comment(_ row: Row) throws(PostgresError) {
    openObject()
    try text("id", row, Comment.Column.id.rawValue)
    try text("content", row, Comment.Column.content.rawValue)
    key("author")
    try user(row, at: Comment.Column.author.rawValue)
    try timestamp("createdAt", row, Comment.Column.createdAt.rawValue)
    closeObject()
  }
}

/// The schema `CreateTicketRequest`.
struct TicketDraft: RequestContent {
  let value: Ticket.Draft

  init(_ fields: inout BodyFields) {
    let subject = fields.requiredText("subject", 1...200, trimmed: true)
    let description = fields.requiredText("description", 1...50_000)
    let email = fields.requiredEmail("createdByEmail")
    let priority: Ticket.Priority? = fields.choice("priority")
    value = Ticket.Draft(
      subject: subject, description: description, createdByEmail: email ?? .unknown,
      priority: priority ?? .medium, tags: fields.tags("tags") ?? [])
  }
}

/// The schema `UpdateTicketRequest`.
struct TicketPatch: RequestContent {
  private(set) var value = Ticket.Patch()

  init(_ fields: inout BodyFields) {
    let members = ["status", "priority", "assigneeId", "tags", "subject", "description"]
    let present = members.filter { fields.has($0) }
    if present.isEmpty {
      fields.fault("", "the body must have at least one of \(members.joined(separator: ", "))")
    }
    for member in present where member != "assigneeId" && fields.isAbsent(member) {
      fields.fault(member, "must not be null")
    }
    value.status = fields.choice("status")
    value.priority = fields.choice("priority")
    value.tags = fields.tags("tags")
    value.subject = fields.text("subject", 1...200, trimmed: true)
    value.description = fields.text("description", 1...50_000)
    if fields.has("assigneeId") {
      let id = fields.string("assigneeId")
      value.assignee = id.map { .user(UserID($0) ?? .ofNothing) } ?? Ticket.Patch.Assignee.none
    }
  }
}
