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
      from helpdesk.tickets t \(Event.joinUsers("t"))
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
    return FoundTicket(ticket: ticket, comments: Comment.ofTicket.page(rows[1], all, extent))
  }

  // The page is cut before the users are joined; the index gives both its filter and its order.
  private static func page(filter: String) -> String {
    """
    select \(Ticket.columns("t", description: false))
      from (select * from helpdesk.tickets
             where org_id = $1\(filter) order by number desc limit $2 offset $3) t
      \(Event.joinUsers("t"))
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
    let (limit, offset) = page.parameters
    let org = Parameter.text(org.rawValue)
    let rows = try await pool.execute(
      UnitOfWork(
        .read,
        status.map { Self.withStatus(org, limit, offset, .text($0.rawValue)) }
          ?? Self.all(org, limit, offset),
        Self.counts(org, .text(status?.rawValue))))
    return Listing(rows: rows[0], total: try rows[1].first?.int4(0) ?? 0)
  }

  // MARK: Creating

  private static let create = Effect(
    """
    \(User.findOrCreate("creator", email: "$2", localPart: "$3", if: "true")),
    counter as (
      update helpdesk.ticket_counters
         set last_number = last_number + 1, open = open + 1
       where org_id = $1 and exists (select from creator)
      returning last_number, clock_timestamp() as at
    ), ticket as (
      insert into helpdesk.tickets
        (org_id, id, number, subject, description, priority, tags, created_by, created_at, updated_at,
         comment_count)
      select $1, helpdesk.new_id(n.at), n.last_number, $4, $5, $6, $7, creator.id, n.at, n.at, 0
        from counter n, creator
      returning *
    ), emitted as materialized (
      select helpdesk.new_id(t.created_at) as id, 'ticket.created' as type, t.id as ticket_id,
             t.created_at as at, json_build_object(
               'ticket', \(Event.ticketJSON("t", creator: "creator", assignee: nil))) as data
        from ticket t, creator
    ), \(Event.write)
    """,
    """
    select \(Ticket.columns("t", assignee: "nobody")), 'ok' as outcome, \(Event.hasDueDeliveries)
      from ticket t cross join creator
      left join (select null::text as id, null::text as name, null::text as email,
                        null::text as role) nobody on false
    """,
    columns: Ticket.columnTypes, .text, .text, .text, .text, .text, .text, .textArray)

  /// Makes a ticket, and its requester if the address is new; gives it the organization's next number.
  public func create(
    _ draft: Ticket.Draft, in org: OrganizationID, under key: IdempotencyKey? = nil
  ) async throws -> Made<Row> {
    try await Self.create.once(under: key, in: org, pool) {
      let row = try await retrying {
        try await pool.change(
          Self.create(
            .text(org.rawValue), .text(draft.createdByEmail.text),
            .text(draft.createdByEmail.localPart), .text(draft.subject),
            .text(draft.description), .text(draft.priority.rawValue), .textArray(draft.tags),
            under: key)
        )[0].first
      }
      try ringIfDue(row)
      return row
    }
  }

  // MARK: Changing

  private static let updateTicket = Statement(
    """
    with old as materialized (
      select * from helpdesk.tickets where org_id = $1 and id = $2 for no key update
    ), wanted as materialized (
      select role from helpdesk.users where org_id = $1 and id = $4
    ), verdict as materialized (
      select case when not exists (select from old) then 'not_found'
                  when (select merged_into_id from old) is not null then 'merged'
                  when $4 is not null and not exists (select from wanted) then 'user_not_found'
                  when (select role from wanted) = 'client' then 'user_is_client'
                  when \(Precondition.fails("(select updated_at from old)", "$10")) then 'changed'
                  else 'ok' end as outcome
    ), new as materialized (
      select coalesce($5, o.subject) as subject, coalesce($6, o.description) as description,
             coalesce($7, o.status) as status, coalesce($8, o.priority) as priority,
             coalesce($9, o.tags) as tags,
             case when $3 then $4 else o.assignee_id end as assignee_id,
             helpdesk.next_moment(o.updated_at) as at
        from old o, verdict where outcome = 'ok'
    ), changed as (
      update helpdesk.tickets t
         set subject = n.subject, description = n.description, status = n.status,
             priority = n.priority, tags = n.tags, assignee_id = n.assignee_id,
             updated_at = n.at,
             resolved_at = case n.status
               when 'RESOLVED' then coalesce(case when o.status = n.status then o.resolved_at end, n.at)
               when 'CLOSED' then o.resolved_at end,
             closed_at = case n.status when 'CLOSED' then coalesce(o.closed_at, n.at) end
        from new n, old o
       where t.org_id = $1 and t.id = $2
         and (n.subject, n.description, n.status, n.priority, n.tags, n.assignee_id)
             is distinct from
             (o.subject, o.description, o.status, o.priority, o.tags, o.assignee_id)
      returning t.*
    ), \(moveCounters(from: "old o", to: "changed c")),
    emitted as materialized (
      select helpdesk.new_id(c.updated_at) as id, happened.type, c.id as ticket_id,
             c.updated_at as at, json_build_object(
               'ticket', \(Event.ticketJSON("c", creator: "creator", assignee: "assignee")),
               'changes', (
                 select json_object_agg(member, json_build_object('from', was, 'to', is_now))
                   from (values ('status', to_json(o.status), to_json(c.status)),
                                ('priority', to_json(o.priority), to_json(c.priority)),
                                ('assigneeId', to_json(o.assignee_id), to_json(c.assignee_id)),
                                ('tags', to_json(o.tags), to_json(c.tags)),
                                ('subject', to_json(o.subject), to_json(c.subject)),
                                ('description', to_json(o.description), to_json(c.description))
                        ) as member (member, was, is_now)
                  where was::text is distinct from is_now::text)) as data
        from changed c \(Event.joinUsers("c")) cross join old o
       cross join lateral (values
         ('ticket.updated', true),
         ('ticket.resolved', c.status = 'RESOLVED' and o.status <> 'RESOLVED'),
         ('ticket.closed', c.status = 'CLOSED' and o.status <> 'CLOSED'),
         ('ticket.reopened', o.status in ('RESOLVED', 'CLOSED')
                             and c.status not in ('RESOLVED', 'CLOSED'))) as happened (type, did)
       where happened.did
    ), \(Event.write),
    current as (
      select * from changed union all select * from old where not exists (select from changed)
    )
    select \(Ticket.columns("t")), verdict.outcome, \(Event.hasDueDeliveries)
      from verdict
      left join (current t \(Event.joinUsers("t"))) on verdict.outcome = 'ok'
    """, .text, .text, .bool, .text, .text, .text, .text, .text, .textArray, .int8Array)

  /// Changes a ticket and returns it. What does not differ is no change: without any, nothing is
  /// written.
  public func update(
    _ id: TicketID, _ patch: Ticket.Patch, in org: OrganizationID,
    if precondition: Precondition = .none
  ) async throws -> Row {
    let assignee: String? = if case .user(let user) = patch.assignee { user.rawValue } else { nil }
    let rows = try await pool.change(
      Self.updateTicket(
        .text(org.rawValue), .text(id.rawValue), .bool(patch.assignee != nil), .text(assignee),
        .text(patch.subject), .text(patch.description), .text(patch.status?.rawValue),
        .text(patch.priority?.rawValue), .textArray(patch.tags), precondition.parameter))
    guard let row = rows[0].first else { throw HelpdeskError.busy }
    switch try row.text(Ticket.Column.outcome.rawValue) {
    case "ok":
      try ringIfDue(row)
      return row
    case "merged": throw HelpdeskError.ticketMerged
    case "changed": throw HelpdeskError.preconditionFailed
    case "user_not_found": throw HelpdeskError.notFound("user")
    case "user_is_client":
      throw HelpdeskError.invalid(
        field: "assigneeId", message: "assigneeId must be an agent or an admin")
    default: throw HelpdeskError.notFound("ticket")
    }
  }

  // MARK: What changes share

  func ringIfDue(_ row: Row) throws(PostgresError) {
    if try row.bool(Ticket.Column.hasDueDeliveries.rawValue) { bell.ring() }
  }

  /// SQL: CTEs that move a ticket from the counter of its status in `old` to that of its status in
  /// `new`. The new counts come from the locked row: the one that the update itself sees may be older,
  /// and would then be checked against the constraint before the update notices.
  static func moveCounters(from old: String, to new: String) -> String {
    let counts = Ticket.Status.allCases.map { status in
      let column = status.rawValue.lowercased()
      return """
        \(column) = moved.\(column) + (moved.is_now = '\(status.rawValue)')::int \
        - (moved.was = '\(status.rawValue)')::int
        """
    }
    return """
      moved as materialized (
        select k.*, o.status as was, c.status as is_now
          from helpdesk.ticket_counters k, \(old), \(new)
         where k.org_id = $1 and o.id = c.id and o.status <> c.status
           for no key update of k
      ), counters as (
        update helpdesk.ticket_counters k set \(counts.joined(separator: ", "))
          from moved where k.org_id = $1
      )
      """
  }
}
