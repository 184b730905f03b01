import Helpdesk
import Postgres

// How things look in the API: the API reference's fields, and the contract's.
extension JSONWriter {
  /// `{id, name, email, role}`, or null where there is no user.
  mutating func user(_ row: Row, at first: Int) throws(PostgresError) {
    if row.isNull(first) { return null() }
    openObject()
    key("id")
    try text(row, first + User.Column.id.rawValue)
    key("name")
    try text(row, first + User.Column.name.rawValue)
    key("email")
    try text(row, first + User.Column.email.rawValue)
    key("role")
    try text(row, first + User.Column.role.rawValue)
    closeObject()
  }

  /// A ticket; in a list without its description, alone with its comments where they are asked for.
  mutating func ticket(_ row: Row, description: Bool = true, comments: Slice<Rows>? = nil)
    throws(PostgresError)
  {
    openObject()
    key("id")
    try text(row, Ticket.Column.id.rawValue)
    key("ticketNumber")
    int(try row.int4(Ticket.Column.number.rawValue))
    key("subject")
    try text(row, Ticket.Column.subject.rawValue)
    if description {
      key("description")
      try text(row, Ticket.Column.description.rawValue)
    }
    key("status")
    try text(row, Ticket.Column.status.rawValue)
    key("priority")
    try text(row, Ticket.Column.priority.rawValue)
    key("source")
    try text(row, Ticket.Column.source.rawValue)
    key("tags")
    try textArray(row, Ticket.Column.tags.rawValue)
    key("createdAt")
    timestamp(try row.timestamp(Ticket.Column.createdAt.rawValue))
    key("updatedAt")
    timestamp(try row.timestamp(Ticket.Column.updatedAt.rawValue))
    key("resolvedAt")
    try timestampOrNull(row, Ticket.Column.resolvedAt.rawValue)
    key("closedAt")
    try timestampOrNull(row, Ticket.Column.closedAt.rawValue)
    key("mergedIntoId")
    try textOrNull(row, Ticket.Column.mergedIntoID.rawValue)
    key("createdBy")
    try user(row, at: Ticket.Column.creator.rawValue)
    key("assignee")
    try user(row, at: Ticket.Column.assignee.rawValue)
    if let comments {
      key("comments")
      openArray()
      for row in comments { try comment(row) }
      closeArray()
    }
    closeObject()
  }

  mutating func comment(_ row: Row) throws(PostgresError) {
    openObject()
    key("id")
    try text(row, Comment.Column.id.rawValue)
    key("content")
    try text(row, Comment.Column.content.rawValue)
    key("author")
    try user(row, at: Comment.Column.author.rawValue)
    key("createdAt")
    timestamp(try row.timestamp(Comment.Column.createdAt.rawValue))
    closeObject()
  }

  mutating func conversation(_ row: Row, messages: Rows? = nil) throws(PostgresError) {
    openObject()
    key("id")
    try text(row, Conversation.Column.id.rawValue)
    key("status")
    try text(row, Conversation.Column.status.rawValue)
    key("visitorName")
    try text(row, Conversation.Column.visitorName.rawValue)
    key("visitorEmail")
    try textOrNull(row, Conversation.Column.visitorEmail.rawValue)
    if let messages {
      key("messages")
      openArray()
      for row in messages { try message(row) }
      closeArray()
    }
    key("createdAt")
    timestamp(try row.timestamp(Conversation.Column.createdAt.rawValue))
    key("updatedAt")
    timestamp(try row.timestamp(Conversation.Column.updatedAt.rawValue))
    closeObject()
  }

  mutating func message(_ row: Row) throws(PostgresError) {
    openObject()
    key("id")
    try text(row, Message.Column.id.rawValue)
    key("senderType")
    try text(row, Message.Column.senderType.rawValue)
    key("senderId")
    try textOrNull(row, Message.Column.senderID.rawValue)
    key("content")
    try text(row, Message.Column.content.rawValue)
    key("createdAt")
    timestamp(try row.timestamp(Message.Column.createdAt.rawValue))
    closeObject()
  }

  /// A list: its items under `name`, then `total`, `limit` and `offset`.
  mutating func listing(
    _ name: StaticString, _ listing: Listing, _ page: Page,
    item: (inout JSONWriter, Row) throws(PostgresError) -> Void
  ) throws(PostgresError) {
    openObject()
    key(name)
    openArray()
    for row in listing.rows { try item(&self, row) }
    closeArray()
    key("total")
    int(listing.total)
    key("limit")
    int(page.limit)
    key("offset")
    int(page.offset)
    closeObject()
  }
}
