import Helpdesk
import Postgres

// The schemas `Conversation` and `Message` of openapi.yaml.
extension JSONWriter {
  mutating func conversation(_ row: Row, messages: ItemPage? = nil) throws(PostgresError) {
    openObject()
    try text("id", row, Conversation.Column.id.rawValue)
    try text("status", row, Conversation.Column.status.rawValue)
    try text("visitorName", row, Conversation.Column.visitorName.rawValue)
    try textOrNull("visitorEmail", row, Conversation.Column.visitorEmail.rawValue)
    if let messages {
      key("messages")
      let id = ConversationID(try row.text(Conversation.Column.id.rawValue))
      let next = try self.messages(messages, of: id)
      key("messagesNextCursor")
      stringOrNull(next)
    }
    try timestamp("createdAt", row, Conversation.Column.createdAt.rawValue)
    try timestamp("updatedAt", row, Conversation.Column.updatedAt.rawValue)
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
    try text("id", row, Message.Column.id.rawValue)
    try text("senderType", row, Message.Column.senderType.rawValue)
    try textOrNull("senderId", row, Message.Column.senderID.rawValue)
    try text("content", row, Message.Column.content.rawValue)
    try timestamp("createdAt", row, Message.Column.createdAt.rawValue)
    closeObject()
  }
}
