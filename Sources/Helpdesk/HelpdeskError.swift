/// The reason why a request is refused.
public enum HelpdeskError: Error, Sendable, Equatable {
  /// The organization has no such item.
  case notFound(String)
  /// The ticket was merged into another and can no longer be changed.
  case ticketMerged
  case conversationEnded
  /// A limit is reached.
  case limitReached(String)
  /// A value has the right form but cannot be used.
  case invalid(field: String, message: String)
  /// The ticket or conversation has changed since the client read it.
  case preconditionFailed
  /// The idempotency key belongs to another request.
  case idempotencyConflict
  /// Concurrent changes prevented each try.
  case busy
  /// The session's user may not do this, or no longer may.
  case notAllowed
  /// The same form has already done it.
  case doneBefore
  /// Somebody in the organization already has the e-mail address.
  case emailTaken
  /// The delivery is being sent right now.
  case isBeingSent
  /// There is nothing to change, or it has to stay as it is.
  case unchanged

  /// - Parameter refusal: a word that a function of `sql/functions` returns; nil for any other word
  init?(refusal: String) {
    let error: HelpdeskError? =
      switch refusal {
      case "ticket_not_found": .notFound("ticket")
      case "conversation_not_found": .notFound("conversation")
      case "user_not_found": .notFound("user")
      case "invitation_not_found": .notFound("invitation")
      case "organization_not_found": .notFound("organization")
      case "api_key_not_found": .notFound("API key")
      case "endpoint_not_found": .notFound("endpoint")
      case "delivery_not_found": .notFound("delivery")
      case "ticket_merged": .ticketMerged
      case "conversation_ended": .conversationEnded
      case "too_many_comments":
        .limitReached("a ticket holds at most \(Comment.mostOfTicket) comments")
      case "too_many_messages":
        .limitReached("a conversation holds at most \(Message.mostOfConversation) messages")
      case "too_many_endpoints": .limitReached("endpoints")
      case "too_many_secrets": .limitReached("secrets")
      case "assignee_is_client":
        .invalid(field: "assigneeId", message: "assigneeId must be an agent or an admin")
      case "sender_is_client":
        .invalid(field: "senderId", message: "senderId must be an agent or an admin")
      case "url_unusable":
        .invalid(
          field: "url",
          message: """
            url must be https://host, perhaps with port, path and query, in ASCII, without user info \
            and fragment
            """)
      case "same_ticket":
        .invalid(field: "intoTicketId", message: "a ticket cannot be merged into itself")
      case "precondition_failed": .preconditionFailed
      case "idempotency_conflict": .idempotencyConflict
      case "not_allowed": .notAllowed
      case "done_before": .doneBefore
      case "email_taken": .emailTaken
      case "being_sent": .isBeingSent
      case "unchanged": .unchanged
      case "busy": .busy
      default: nil
      }
    guard let error else { return nil }
    self = error
  }
}
