/// What happened, for webhooks: written in the statement that makes it happen.
public enum Event {
  /// What endpoints subscribe to; sent besides these is only `webhook.test`.
  public static let types = [
    "ticket.created", "ticket.updated", "ticket.commented", "ticket.resolved", "ticket.closed",
    "ticket.reopened", "ticket.merged",
  ]
  /// Sent to one endpoint, when somebody asks for it.
  public static let testType = "webhook.test"

  /// SQL: CTEs that write the rows of `emitted (id, type, ticket_id, at, data)` as events of the
  /// organization `$1`, and a delivery for each endpoint subscribed to one.
  ///
  /// The body is fixed here, so that every attempt sends the same bytes. The share lock keeps an
  /// endpoint from being enabled or disabled meanwhile, which would leave a delivery in the wrong
  /// state.
  static let write = """
    event as (
      insert into helpdesk.events (org_id, id, type, ticket_id, body, created_at)
      select $1, e.id, e.type, e.ticket_id,
             json_build_object('id', e.id, 'type', e.type, 'timestamp', helpdesk.rfc3339(e.at),
                               'data', e.data)::text,
             e.at
        from emitted e
    ), endpoint as materialized (
      select p.id, p.events, p.disabled_at from helpdesk.endpoints p
       where p.org_id = $1 and p.deleted_at is null
         and p.events && (select array_agg(e.type) from emitted e)
       order by p.id for share of p
    ), delivery as (
      insert into helpdesk.deliveries
        (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
      select $1, helpdesk.new_id(due.at), p.id, e.id,
             case when p.disabled_at is null then 'pending' else 'held' end,
             due.at, case when p.disabled_at is null then due.at end
        from emitted e join endpoint p on e.type = any (p.events)
       -- A ticket's last change may lie later than the clock, if that was set back.
       cross join lateral (select least(e.at, clock_timestamp()) as at) due
      returning state
    )
    """

  /// SQL, beside `write`: whether it made deliveries that are due.
  static let hasDueDeliveries = "exists (select from delivery where state = 'pending')"

  /// SQL: the ticket `t` as the API shows it, with its creator and, where `assignee` has an id, its
  /// assignee.
  static func ticketJSON(_ t: String, creator: String, assignee: String?) -> String {
    let assigneeJSON =
      assignee.map { "case when \($0).id is not null then \(User.json($0)) end" } ?? "null"
    return """
      json_build_object(
        'id', \(t).id, 'ticketNumber', \(t).number, 'subject', \(t).subject,
        'description', \(t).description, 'status', \(t).status, 'priority', \(t).priority,
        'source', \(t).source, 'tags', \(t).tags,
        'createdAt', helpdesk.rfc3339(\(t).created_at),
        'updatedAt', helpdesk.rfc3339(\(t).updated_at),
        'resolvedAt', helpdesk.rfc3339(\(t).resolved_at),
        'closedAt', helpdesk.rfc3339(\(t).closed_at), 'mergedIntoId', \(t).merged_into_id,
        'createdBy', \(User.json(creator)), 'assignee', \(assigneeJSON))
      """
  }

  /// SQL: joins the users of the ticket `t` as `creator` and `assignee`.
  static func joinUsers(_ t: String, creator: String = "creator", assignee: String = "assignee")
    -> String
  {
    """
    cross join \(User.lateral(creator, org: "\(t).org_id", id: "\(t).created_by"))
    left join \(User.lateral(assignee, org: "\(t).org_id", id: "\(t).assignee_id"))
      on \(t).assignee_id is not null
    """
  }
}
