import Helpdesk
import Postgres

// The schemas `Conversation` and `Message` of openapi.yaml.
extension JSONWriter {
  mutating func conversation(_ row: Row, messages: ItemPage? = nil) throws(PostgresError) {
    var columns = RowReader(row)
    let updatedAt = try columns.timestamp()
    var id = columns
    openObject()
    try text("id", &columns)
    try text("status", &columns)
    try text("visitorName", &columns)
    try textOrNull("visitorEmail", &columns)
    if let messages {
      key("messages")
      let next = try self.messages(messages, of: ConversationID(try id.text()))
      key("messagesNextCursor")
      stringOrNull(next)
    }
    timestamp("createdAt", try columns.timestamp())
    timestamp("updatedAt", updatedAt)
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
    try items(page, of: conversation) { json, message throws(PostgresError) in
      json.openObject()
      try json.text("id", &message.id)
      try json.text("senderType", &message.others)
      try json.textOrNull("senderId", &message.others)
      try json.text("content", &message.content)
      json.timestamp("createdAt", message.createdAt)
      json.closeObject()
    }
  }
}
