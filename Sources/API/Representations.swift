import Helpdesk
import Postgres

// How things look in the API: the schemas of openapi.yaml.
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
  mutating func ticket(_ row: Row, description: Bool = true, comments: ItemPage? = nil)
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

  /// The members of a ticket with comments that others have not.
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

  /// A page of items under `name`, and the cursor of the next page.
  /// - Parameter items: writes the items' array and returns the cursor
  private mutating func page(
    _ name: StaticString, _ items: (inout JSONWriter) throws(PostgresError) -> String?
  ) throws(PostgresError) -> String? {
    openObject()
    key(name)
    let next = try items(&self)
    key("nextCursor")
    stringOrNull(next)
    closeObject()
    return next
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

  /// As many items of a page as one answer carries.
  /// - Parameter text: the column that is most of an item
  /// - Returns: the last of them if more follow.
  private mutating func items(
    _ page: ItemPage, text: Int, item: (inout JSONWriter, Row) throws(PostgresError) -> Void
  ) throws(PostgresError) -> Row? {
    openArray()
    defer { closeArray() }
    let most = length + ItemPage.mostBytes
    var last: Row?
    for row in page.items.prefix(page.limit) {
      makeRoom(for: 1024 + (try row.withText(text) { $0.count }))
      let fits = try write(upTo: last == nil ? .max : most) { json throws(PostgresError) in
        try item(&json, row)
      }
      guard fits else { return last }
      last = row
    }
    return page.items.count > page.limit ? last : nil
  }

  /// The cursor behind an item.
  private func cursor<Parent>(_ last: Row?, in parent: Identifier<Parent>?, createdAt: Int, id: Int)
    throws(PostgresError) -> String?
  {
    guard let last, let parent else { return nil }
    return ItemCursor(createdAt: try last.timestamp(createdAt), id: try last.text(id)).text(
      in: parent)
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

  mutating func conversation(_ row: Row, messages: ItemPage? = nil) throws(PostgresError) {
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
      let id = ConversationID(try row.text(Conversation.Column.id.rawValue))
      let next = try self.messages(messages, of: id)
      key("messagesNextCursor")
      stringOrNull(next)
    }
    key("createdAt")
    timestamp(try row.timestamp(Conversation.Column.createdAt.rawValue))
    key("updatedAt")
    timestamp(try row.timestamp(Conversation.Column.updatedAt.rawValue))
    closeObject()
  }

  /// A page of a conversation's messages.
  mutating func messagePage(_ page: ItemPage, of conversation: ConversationID) throws(PostgresError)
    -> String?
  {
    try self.page("messages") { json throws(PostgresError) in
      try json.messages(page, of: conversation)
    }
  }

  private mutating func messages(_ page: ItemPage, of conversation: ConversationID?)
    throws(PostgresError) -> String?
  {
    let last = try items(page, text: Message.Column.content.rawValue) {
      json, row throws(PostgresError) in try json.message(row)
    }
    return try cursor(
      last, in: conversation, createdAt: Message.Column.createdAt.rawValue,
      id: Message.Column.id.rawValue)
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
