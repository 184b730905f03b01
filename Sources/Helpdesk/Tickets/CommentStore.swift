public import Postgres

extension Comment {
  private static let author =
    "cross join \(User.lateral("author", org: "m.org_id", id: "m.author_id"))"

  /// The comments of a ticket.
  static let ofTicket = ItemQuery(
    "helpdesk.comments", parent: "ticket_id", joins: author, columns: User.columns("author"))

  /// The comments that `helpdesk.comments_to_keep` has turned into JSON.
  static let fromJSON = Statement(
    """
    select c2, c0, c1, c3, c4, c5, c6
      from rows from (json_to_recordset($1) as (
        c0 text, c1 text, c2 timestamptz, c3 text, c4 text, c5 text, c6 text))
      with ordinality as c (c0, c1, c2, c3, c4, c5, c6, number)
     order by number
    """, .json)
}

/// Comments in Postgres.
public struct CommentStore: Sendable {
  private let pool: PostgresPool
  private let bell: DeliveryBell

  public init(_ pool: PostgresPool) {
    self.pool = pool
    bell = DeliveryBell(pool)
  }

  // MARK: Reading

  private static let ticket = Statement(
    "select from helpdesk.tickets where org_id = $1 and id = $2", .text, .text)

  /// A page of a ticket's comments.
  public func list(
    _ page: ItemPage.Request, of ticket: TicketID, in org: OrganizationID,
    _ extent: ItemPage.Extent
  ) async throws -> ItemPage {
    let (org, ticket) = (Parameter.text(org.rawValue), Parameter.text(ticket.rawValue))
    let rows = try await pool.execute(
      UnitOfWork(.read, Self.ticket(org, ticket), Comment.ofTicket(org, ticket, page, extent)))
    guard !rows[0].isEmpty else { throw HelpdeskError.notFound("ticket") }
    return try Comment.ofTicket.page(rows[1], page, extent)
  }

  /// The memory that a whole page of a ticket's comments takes, as rows and as JSON, in bytes.
  public func memory(
    _ page: ItemPage.Request, of ticket: TicketID, in org: OrganizationID
  ) async throws -> Int {
    try await Comment.ofTicket.memory(.text(org.rawValue), .text(ticket.rawValue), page, pool)
  }

  // MARK: Writing

  private static let add = Change(
    "helpdesk.add_comment", .text, .text, .text, .text, .int8Array, .text, .bytea)

  /// Adds a comment, and its author if the address is new; moves the ticket's `updatedAt`.
  public func create(
    _ content: String, by author: EmailAddress, on ticket: TicketID, in org: OrganizationID,
    if precondition: Precondition = .none, under key: IdempotencyKey? = nil
  ) async throws -> ChangeAnswer {
    let answer = try await pool.answer(
      Self.add(
        .text(org.rawValue), .text(ticket.rawValue), .text(content), .text(author.text),
        precondition.parameter, under: key))
    bell.ring(if: answer)
    return answer
  }
}
