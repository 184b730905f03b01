/// A comment on a ticket.
public enum Comment {
  /// The most comments that a ticket may hold.
  public static let mostOfTicket = 5000
}
