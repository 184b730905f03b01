public import Postgres

/// A live chat of a visitor with agents.
public enum Conversation {
  public enum Status: String, Sendable, CaseIterable { case active, ended }

  /// SQL: the columns of the conversation `c`: what its tag shows, then the others.
  static func columns(_ c: String) -> String {
    """
    \(c).updated_at, \(c).id, \(c).status, \(c).visitor_name, \(c).visitor_email, \(c).created_at
    """
  }
}

/// A conversation and the first page of its messages.
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
}
