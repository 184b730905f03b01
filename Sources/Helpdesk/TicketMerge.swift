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

  private static let mergeTickets = Effect(
    """
    locked as materialized (
      select * from helpdesk.tickets where org_id = $1 and id in ($2, $3)
    ), verdict as materialized (
      select case when not exists (select from locked where id = $2)
                    or not exists (select from locked where id = $3) then 'not_found'
                  when $2 = $3 then 'same'
                  when exists (select from locked where merged_into_id is not null) then 'merged'
                  when \(Precondition.fails(
                    "(select updated_at from locked where id = $2)", "$4")) then 'changed'
                  else 'ok' end as outcome
    ), moment as materialized (
      select helpdesk.next_moment((select max(updated_at) from locked)) as at
        from verdict where outcome = 'ok'
    ), relocated as (
      update helpdesk.comments m set ticket_id = $3
        from moment where m.org_id = $1 and m.ticket_id = $2
    ), source as (
      update helpdesk.tickets t
         set status = 'CLOSED', closed_at = coalesce(t.closed_at, moment.at),
             merged_into_id = $3, updated_at = moment.at
        from moment where t.org_id = $1 and t.id = $2
      returning t.*
    ), target as (
      update helpdesk.tickets t set updated_at = moment.at
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
    // As the statement sees them, they are still with the ticket that they were written on.
    columns: Ticket.columnTypes, comments: Comment.json(ofTickets: "$2, $3"), .text, .text, .text,
    .int8Array)

  /// Moves a ticket's comments to another and closes it for good; returns the target and its comments.
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
      let query =
        comments.map { Comment.fromJSON(.text($0)) }
        ?? Comment.ofTicket(parameters.0, parameters.2)
      return FoundTicket(ticket: row, comments: try await pool.read(query)[...])
    }
  }

  private func merge(
    _ parameters: (org: Parameter, id: Parameter, target: Parameter),
    if precondition: Precondition, under key: IdempotencyKey?
  ) async throws -> FoundTicket {
    let (org, id, target) = parameters
    let rows = try await pool.execute(
      UnitOfWork(
        .write, Self.lockBoth(org, id, target),
        Self.mergeTickets(org, id, target, precondition.parameter, under: key),
        Comment.ofTicket(org, target)))
    guard let row = rows[1].first else { throw HelpdeskError.busy }
    switch try row.text(Ticket.Column.outcome.rawValue) {
    case "ok":
      try ringIfDue(row)
      return FoundTicket(ticket: row, comments: rows[2][...])
    case "merged": throw HelpdeskError.ticketMerged
    case "changed": throw HelpdeskError.preconditionFailed
    case "same":
      throw HelpdeskError.invalid(
        field: "intoTicketId", message: "a ticket cannot be merged into itself")
    default: throw HelpdeskError.notFound("ticket")
    }
  }
}
