/// A comment on a ticket.
public enum Comment {
  /// The most comments that a ticket may hold.
  public static let mostOfTicket = 5000

  /// Where the columns of a comment stand in a row. `author` is the first of four `User.Column`s.
  public enum Column: Int {
    case id, content, createdAt, author
  }
}
