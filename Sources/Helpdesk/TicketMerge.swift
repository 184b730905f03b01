import Postgres

/// Merging a ticket into another.
extension TicketStore {
  // A statement of its own: the next one then sees the comments that were committed while this one
  // waited.
  private static let lockBoth = Statement(
    """
    select from helpdesk.tickets
     where org_id = $1 and id in ($2, $3) order by id for no key update
    """, .text, .text, .text)

  private static let verdict = """
    locked as materialized (
      select * from helpdesk.tickets where org_id = $1 and id in ($2, $3)
    ), verdict as materialized (
      select case when not exists (select from locked where id = $2)
                    or not exists (select from locked where id = $3) then 'not_found'
                  when $2 = $3 then 'same'
                  when exists (select from locked where merged_into_id is not null) then 'merged'
                  when (select sum(comment_count) from locked) > \(Comment.mostOfTicket) then 'full'
                  when \(Precondition.fails(
                    "(select updated_at from locked where id = $2)", "$4")) then 'changed'
                  else 'ok' end as outcome
    )
    """

  // The longest part, and it comes first: what follows locks the organization's counters, for which
  // others wait.
  private static let moveComments = Statement(
    """
    with \(verdict)
    update helpdesk.comments m set ticket_id = $3
      from verdict where outcome = 'ok' and m.org_id = $1 and m.ticket_id = $2
    """, .text, .text, .text, .int8Array)

  private static let mergeTickets = Effect(
    """
    \(verdict), moment as materialized (
      select helpdesk.next_moment((select max(updated_at) from locked)) as at
        from verdict where outcome = 'ok'
    ), source as (
      update helpdesk.tickets t
         set status = 'CLOSED', closed_at = coalesce(t.closed_at, moment.at),
             merged_into_id = $3, updated_at = moment.at, comment_count = 0
        from moment where t.org_id = $1 and t.id = $2
      returning t.*
    ), target as (
      update helpdesk.tickets t
         set updated_at = moment.at,
             comment_count = t.comment_count + (select comment_count from locked where id = $2)
        from moment where t.org_id = $1 and t.id = $3
      returning t.*
    ), \(moveCounters(from: "locked o", to: "source c")),
    emitted as materialized (
      select helpdesk.new_id(s.updated_at) as id, 'ticket.merged' as type, s.id as ticket_id,
             s.updated_at as at, json_build_object(
               'ticket', \(Event.ticketJSON("s", creator: "creator", assignee: "assignee")),
               'mergedInto', \(Event.ticketJSON("t", creator: "creator_t", assignee: "assignee_t"))
             ) as data
        from source s \(Event.joinUsers("s"))
       cross join (target t \(Event.joinUsers("t", creator: "creator_t", assignee: "assignee_t")))
    ), \(Event.write)
    """,
    """
    select \(Ticket.columns("t")), verdict.outcome, \(Event.hasDueDeliveries)
      from verdict
      left join (target t \(Event.joinUsers("t"))) on verdict.outcome = 'ok'
    """,
    columns: Ticket.columnTypes, comments: Comment.json(ofTicket: "$3"), .text, .text, .text,
    .int8Array)

  /// Moves a ticket's comments to another and closes it for good; returns the target and the first of its
  /// comments.
  public func merge(
    _ id: TicketID, into target: TicketID, in org: OrganizationID,
    if precondition: Precondition = .none, under key: IdempotencyKey? = nil
  ) async throws -> Made<FoundTicket> {
    let parameters = (
      Parameter.text(org.rawValue), Parameter.text(id.rawValue), Parameter.text(target.rawValue)
    )
    return try await Self.mergeTickets.once(under: key, in: org, pool) {
      try await merge(parameters, if: precondition, under: key)
    } replay: { row, comments in
      guard let comments else {
        return FoundTicket(
          ticket: row, comments: try await firstComments(of: parameters.2, parameters.0))
      }
      let rows = try await pool.read(Comment.fromJSON(.text(comments)))
      return FoundTicket(ticket: row, comments: ItemPage(rows[...]))
    }
  }

  private func firstComments(of ticket: Parameter, _ org: Parameter) async throws -> ItemPage {
    let all = ItemPage.Request()
    let rows = try await pool.read(Comment.ofTicket(org, ticket, all, .short))
    return Comment.ofTicket.page(rows, all, .short)
  }

  private func merge(
    _ parameters: (org: Parameter, id: Parameter, target: Parameter),
    if precondition: Precondition, under key: IdempotencyKey?
  ) async throws -> FoundTicket {
    let (org, id, target) = parameters
    let all = ItemPage.Request()
    let rows = try await pool.change(
      Self.lockBoth(org, id, target),
      Self.moveComments(org, id, target, precondition.parameter),
      Self.mergeTickets(org, id, target, precondition.parameter, under: key),
      Comment.ofTicket(org, target, all, .short))
    guard let row = rows[2].first else { throw HelpdeskError.busy }
    switch try row.text(Ticket.Column.outcome.rawValue) {
    case "ok":
      try ringIfDue(row)
      return FoundTicket(
        ticket: row, comments: Comment.ofTicket.page(rows[3], all, .short))
    case "full": throw HelpdeskError.limitReached(Comment.limit)
    case "merged": throw HelpdeskError.ticketMerged
    case "changed": throw HelpdeskError.preconditionFailed
    case "same":
      throw HelpdeskError.invalid(
        field: "intoTicketId", message: "a ticket cannot be merged into itself")
    default: throw HelpdeskError.notFound("ticket")
    }
  }
}
