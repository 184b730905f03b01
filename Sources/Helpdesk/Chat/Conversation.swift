public import Postgres

/// A live chat of a visitor with agents.
public enum Conversation {
  public enum Status: String, Sendable, CaseIterable { case active, ended }

  /// Where the columns of a conversation stand in a row.
  public enum Column: Int {
    case id, status, visitorName, visitorEmail, createdAt, updatedAt
  }

  /// SQL: the columns of the conversation `c`, in `Column`'s order.
  static func columns(_ c: String) -> String {
    """
    \(c).id, \(c).status, \(c).visitor_name, \(c).visitor_email, \(c).created_at, \(c).updated_at
    """
  }
}

/// A conversation (`Conversation.Column`) and the first page of its messages (`Message.Column`).
public struct FoundConversation: Sendable {
  public let conversation: Row
  public let messages: ItemPage
}

/// A message in a conversation.
public enum Message {
  /// The most messages that a conversation may hold.
  public static let mostOfConversation = 50_000

  public enum Sender: Sendable, Equatable {
    case visitor
    /// An agent or admin, who may remain unnamed.
    case agent(UserID?)
  }

  /// Where the columns of a message stand in a row.
  public enum Column: Int {
    case id, senderType, senderID, content, createdAt
  }
}
