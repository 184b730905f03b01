/// A webhook event, written by the function that makes the change.
public enum Event {
  /// The types that endpoints subscribe to.
  public static let types = [
    "ticket.created", "ticket.updated", "ticket.commented", "ticket.resolved", "ticket.closed",
    "ticket.reopened", "ticket.merged",
  ]
  /// Sent to one endpoint, when somebody asks for it.
  public static let testType = "webhook.test"
}
