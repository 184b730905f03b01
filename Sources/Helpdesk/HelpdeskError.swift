/// Why the domain refuses a request.
public enum HelpdeskError: Error, Sendable, Equatable {
  /// The organization has no such thing, whoever else may.
  case notFound(String)
  /// The ticket was merged into another and is no longer changed.
  case ticketMerged
  case conversationEnded
  /// A ticket has as many comments, or a conversation as many messages, as it may hold.
  case limitReached(String)
  /// A member's value cannot be used, though its form is right.
  case invalid(field: String, message: String)
  /// The ticket or conversation has changed since the client read it.
  case preconditionFailed
  /// The idempotency key belongs to another request.
  case idempotencyConflict
  /// Concurrent changes got in the way each time it was tried.
  case busy
}
