public import Postgres

extension Comment {
  private static func columns(_ content: String = "m.content") -> String {
    "m.id, \(content), m.created_at, \(User.columns("author"))"
  }

  private static let author =
    "cross join \(User.lateral("author", org: "m.org_id", id: "m.author_id"))"

  /// The comments of a ticket.
  static let ofTicket = ItemQuery(
    "helpdesk.comments", parent: "ticket_id", textColumn: Column.content.rawValue, joins: author,
    columns: columns)

  /// SQL: the first page of the comments of the ticket `id` and one more, for `fromJSON`; null when they
  /// are larger than 1 MiB, which is more than a request can bring. Reads no more than that.
  static func json(ofTicket id: String) -> String {
    """
    (select case when octet_length(l.list::text) <= 1048576 then l.list end
       from (select coalesce(json_agg(to_json(c) order by c.c2, c.c0), '[]') as list
               from (select \(columns())
                       from (select m.*, sum(octet_length(m.content)) over (
                                           order by m.created_at, m.id rows unbounded preceding) as size
                               from helpdesk.comments m where m.org_id = $1 and m.ticket_id = \(id)
                              order by m.created_at, m.id limit \(ItemPage.mostItems + 1)) m
                       \(author)
                      where m.size - octet_length(m.content) <= 1048576
                    ) c (\(Effect.names(columnTypes)))) l)
    """
  }

  static let limit = "a ticket holds at most \(mostOfTicket) comments"

  /// The same comments again, from `$1`.
  static let fromJSON = Statement(
    """
    select \(Effect.names(columnTypes))
      from rows from (json_to_recordset($1) as (\(Effect.definitions(columnTypes))))
      with ordinality as c (\(Effect.names(columnTypes)), place)
     order by place
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
    return Comment.ofTicket.page(rows[1], page, extent)
  }

  /// The memory that a whole page of a ticket's comments takes, as rows and as JSON, in bytes.
  public func memory(
    _ page: ItemPage.Request, of ticket: TicketID, in org: OrganizationID
  ) async throws -> Int {
    try await Comment.ofTicket.memory(.text(org.rawValue), .text(ticket.rawValue), page, pool)
  }

  // MARK: Writing

  private static let create = Effect(
    """
    target as materialized (
      select merged_into_id, comment_count, \(Precondition.fails("updated_at", "$6")) as has_changed
        from helpdesk.tickets where org_id = $1 and id = $2
    ), \(User.findOrCreate(
      "author", email: "$3", localPart: "$4",
      if: """
        exists (select from target
                 where merged_into_id is null and comment_count < \(Comment.mostOfTicket)
                   and not has_changed)
        """)),
    ticket as (
      update helpdesk.tickets t
         set updated_at = helpdesk.next_moment(t.updated_at), comment_count = t.comment_count + 1
       where t.org_id = $1 and t.id = $2 and t.merged_into_id is null
         and t.comment_count < \(Comment.mostOfTicket)
         and not \(Precondition.fails("t.updated_at", "$6")) and exists (select from author)
      returning t.*
    ), comment as (
      insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
      select $1, helpdesk.new_id(t.updated_at), t.id, author.id, $5, t.updated_at
        from ticket t, author
      returning *
    ), emitted as materialized (
      select helpdesk.new_id(t.updated_at) as id, 'ticket.commented' as type, t.id as ticket_id,
             t.updated_at as at, json_build_object(
               'ticket', \(Event.ticketJSON("t", creator: "requester", assignee: "assignee")),
               'comment', json_build_object(
                 'id', c.id, 'content', c.content, 'author', \(User.json("author")),
                 'createdAt', helpdesk.rfc3339(c.created_at))) as data
        from comment c, author, ticket t \(Event.joinUsers("t", creator: "requester"))
    ), \(Event.write)
    """,
    """
    select c.id, c.content, c.created_at, \(User.columns("author")),
           case when c.id is not null then 'ok'
                when not exists (select from target) then 'not_found'
                when exists (select from target where merged_into_id is not null) then 'merged'
                when exists (select from target where comment_count >= \(Comment.mostOfTicket))
                  then 'full'
                when exists (select from target where has_changed) then 'changed'
                else 'again' end as outcome, \(Event.hasDueDeliveries)
      from (select) always left join (comment c cross join author) on true
    """,
    columns: Comment.columnTypes + ["text", "bool"], .text, .text, .text, .text, .text,
    .int8Array)

  /// Adds a comment, and its author if the address is new; moves the ticket's `updatedAt`.
  public func create(
    _ content: String, by author: EmailAddress, on ticket: TicketID, in org: OrganizationID,
    if precondition: Precondition = .none, under key: IdempotencyKey? = nil
  ) async throws -> Made<Row> {
    try await Self.create.once(under: key, in: org, pool) {
      try await retrying {
        let rows = try await pool.change(
          Self.create(
            .text(org.rawValue), .text(ticket.rawValue), .text(author.text),
            .text(author.localPart), .text(content), precondition.parameter, under: key))
        guard let row = rows[0].first else { return nil }
        switch try row.text(Comment.Column.outcome.rawValue) {
        case "ok":
          if try row.bool(Comment.Column.hasDueDeliveries.rawValue) { bell.ring() }
          return row
        case "not_found": throw HelpdeskError.notFound("ticket")
        case "merged": throw HelpdeskError.ticketMerged
        case "full": throw HelpdeskError.limitReached(Comment.limit)
        case "changed": throw HelpdeskError.preconditionFailed
        default: return nil
        }
      }
    }
  }
}
