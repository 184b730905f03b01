public import Postgres

/// Tickets in Postgres. Every statement filters on the organization, so that another's tickets do not
/// exist.
public struct TicketStore: Sendable {
  let pool: PostgresPool
  private let bell: DeliveryBell

  public init(_ pool: PostgresPool) {
    self.pool = pool
    bell = DeliveryBell(pool)
  }

  // MARK: Reading

  private static let one = Statement(
    """
    select \(Ticket.columns("t"))
      from helpdesk.tickets t \(Ticket.joinUsers("t"))
     where t.org_id = $1 and t.id = $2
    """, .text, .text)

  /// The ticket and its comments.
  public func find(
    _ id: TicketID, in org: OrganizationID, _ extent: ItemPage.Extent = .whole
  ) async throws -> FoundTicket {
    let (org, id) = (Parameter.text(org.rawValue), Parameter.text(id.rawValue))
    let all = ItemPage.Request()
    let rows = try await pool.execute(
      UnitOfWork(.read, Self.one(org, id), Comment.ofTicket(org, id, all, extent)))
    guard let ticket = rows[0].first else { throw HelpdeskError.notFound("ticket") }
    return FoundTicket(ticket: ticket, comments: try Comment.ofTicket.page(rows[1], all, extent))
  }

  // The page is cut before the users are joined; the index gives both its filter and its order.
  private static func page(filter: String) -> String {
    """
    select \(Ticket.columns("t", description: false))
      from (select * from helpdesk.tickets
             where org_id = $1\(filter) order by number desc limit $2 offset $3) t
      \(Ticket.joinUsers("t"))
     order by t.number desc
    """
  }

  private static let all = Statement(page(filter: ""), .text, .int8, .int8)
  private static let withStatus = Statement(
    page(filter: " and status = $4"), .text, .int8, .int8, .text)

  private static let counts = Statement(
    """
    select case $2 when 'OPEN' then open when 'IN_PROGRESS' then in_progress
                   when 'WAITING' then waiting when 'RESOLVED' then resolved
                   when 'CLOSED' then closed
                   else open + in_progress + waiting + resolved + closed end as total
      from helpdesk.ticket_counters where org_id = $1
    """, .text, .text)

  /// A page of tickets, newest first, without their descriptions.
  public func list(_ status: Ticket.Status?, _ page: Page, in org: OrganizationID) async throws
    -> Listing
  {
    let parameters = [.text(org.rawValue)] + page.parameters
    return try await pool.list(
      status.map { Self.withStatus(parameters + [.text($0.rawValue)]) } ?? Self.all(parameters),
      Self.counts(.text(org.rawValue), .text(status?.rawValue)))
  }

  // MARK: Changing

  /// Makes a ticket, and its requester if the address is new; gives it the organization's next number.
  public func create(
    _ draft: Ticket.Draft, in org: OrganizationID, under key: IdempotencyKey? = nil
  ) async throws -> ChangeAnswer {
    let answer = try await pool.answer(draft.create(in: org, under: key))
    bell.ring(if: answer)
    return answer
  }

  /// Changes a ticket and returns it. If every value equals the present one, nothing is written.
  public func update(
    _ id: TicketID, _ patch: Ticket.Patch, in org: OrganizationID,
    if precondition: Precondition = .none
  ) async throws -> ChangeAnswer {
    let answer = try await pool.answer(patch.update(id, in: org, if: precondition))
    bell.ring(if: answer)
    return answer
  }

  // MARK: Merging

  private static let merge = Change(
    "helpdesk.merge_tickets", .text, .text, .text, .int8Array, .text, .bytea)

  /// Moves a ticket's comments to another and closes it for good.
  /// - Returns: the target, and the first of its comments
  public func merge(
    _ id: TicketID, into target: TicketID, in org: OrganizationID,
    if precondition: Precondition = .none, under key: IdempotencyKey? = nil
  ) async throws -> (ticket: ChangeAnswer, comments: ItemPage) {
    let (organization, into) = (Parameter.text(org.rawValue), Parameter.text(target.rawValue))
    let all = ItemPage.Request()
    let rows = try await pool.change(
      Self.merge(organization, .text(id.rawValue), into, precondition.parameter, under: key),
      Comment.ofTicket(organization, into, all, .short))
    var columns = try PostgresPool.columns(of: rows[0])
    let answer = try ChangeAnswer(&columns)
    if let kept = try columns.textOrNull() {
      return (answer, ItemPage(try await pool.read(Comment.fromJSON(.text(kept)))[...]))
    }
    bell.ring(if: answer)
    return (answer, try Comment.ofTicket.page(rows[1], all, .short))
  }
}
