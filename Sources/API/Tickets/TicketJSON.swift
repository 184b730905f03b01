import Helpdesk
import Postgres

// The schemas `User`, `Ticket` and `Comment` of openapi.yaml.
extension JSONWriter {
  /// `{id, name, email, role}`, or null where there is no user.
  mutating func user(_ columns: inout RowReader) throws(PostgresError) {
    guard !columns.isNull else {
      columns.skip(User.columnCount)
      return null()
    }
    openObject()
    try text("id", &columns)
    try text("name", &columns)
    try text("email", &columns)
    try text("role", &columns)
    closeObject()
  }

  /// A ticket: in a list without its description, alone with its comments if they were asked for.
  mutating func ticket(_ row: Row, description: Bool = true, comments: ItemPage? = nil)
    throws(PostgresError)
  {
    var columns = RowReader(row)
    let updatedAt = try columns.timestamp()
    var users = columns
    columns.skip(2 * User.columnCount)
    var id = columns
    openObject()
    try text("id", &columns)
    key("ticketNumber")
    int(try columns.int4())
    try text("subject", &columns)
    if description { try text("description", &columns) } else { columns.skip() }
    try text("status", &columns)
    try text("priority", &columns)
    try text("source", &columns)
    try textArray("tags", &columns)
    timestamp("createdAt", try columns.timestamp())
    timestamp("updatedAt", updatedAt)
    try timestampOrNull("resolvedAt", &columns)
    try timestampOrNull("closedAt", &columns)
    try textOrNull("mergedIntoId", &columns)
    try self.users(ofTicket: &users)
    if let comments { try self.comments(comments, of: TicketID(try id.text())) }
    closeObject()
  }

  /// The last members of a ticket.
  mutating func users(ofTicket columns: inout RowReader) throws(PostgresError) {
    key("createdBy")
    try user(&columns)
    key("assignee")
    try user(&columns)
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
    try items(page, of: ticket) { json, comment throws(PostgresError) in
      json.openObject()
      try json.text("id", &comment.id)
      try json.text("content", &comment.content)
      json.key("author")
      try json.user(&comment.others)
      json.timestamp("createdAt", comment.createdAt)
      json.closeObject()
    }
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
