public import Postgres

/// An endpoint's deliveries, as its organization's people see them.
public struct DeliveryLog: Sendable {
  /// The most deliveries that a page shows.
  public static let length = 50
  /// The most deliveries that are looked at for a page if no index finds the filter.
  public static let reach = 2000
  /// The most attempts that are shown of one delivery, the newest.
  public static let mostAttempts = 100

  /// The deliveries to list.
  public struct Filter: Sendable {
    public var state: Delivery.State?
    /// Such as `ticket.created`.
    public var type: String?
    /// Lists only deliveries made in the last hours; nil means all.
    public var hours: Int32?

    public init(state: Delivery.State? = nil, type: String? = nil, hours: Int32? = nil) {
      self.state = state
      self.type = type
      self.hours = hours
    }
  }

  /// A position in the log. A page begins before it, with older deliveries.
  public struct Cursor: Sendable, Equatable {
    public var createdAt: Timestamp
    public var id: String

    public init(createdAt: Timestamp, id: String) {
      self.createdAt = createdAt
      self.id = id
    }
  }

  public struct Entry: Sendable {
    public var id: DeliveryID
    public var createdAt: Timestamp
    public var type: String
    public var ticket: TicketID?
    public var state: Delivery.State
    public var attempts: Int
    /// The last attempt's status and error.
    public var status: Int?
    public var error: String?
  }

  public struct Page: Sendable {
    /// The newest first, at most `length`.
    public var entries: [Entry]
    /// Where older deliveries begin; nil if there are none.
    public var next: Cursor?
  }

  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  // MARK: A page

  /// Failed and held deliveries have an index each; the state is part of the text, so that the plan can
  /// use it. For other states and for types, `$8` deliveries are looked at.
  private static func select(_ condition: String) -> Statement {
    Statement(
      """
      with seen as materialized (
        select d.* from helpdesk.deliveries d
          join helpdesk.endpoints e on e.org_id = d.org_id and e.id = d.endpoint_id
         where d.org_id = $1 and d.endpoint_id = $2 and e.deleted_at is null and \(condition)
           and d.created_at >= coalesce(now() - make_interval(hours => $3), '-infinity')
           and d.created_at <= $4 and (d.created_at, d.id) < ($4, $5)
         order by d.created_at desc, d.id desc limit $8
      ), found as materialized (
        select d.id, d.created_at, v.type, v.ticket_id, d.state, d.attempts
          from seen d join helpdesk.events v on v.org_id = d.org_id and v.id = d.event_id
         where ($6 is null or d.state = $6) and ($7 is null or v.type = $7)
         order by d.created_at desc, d.id desc limit \(length + 1)
      )
      select last.created_at, last.id, last.count >= $8 as is_more,
             f.id, f.created_at, f.type, f.ticket_id, f.state, f.attempts, a.status, a.error
        from (select created_at, id, count(*) over () as count from seen
               order by created_at, id limit 1) last
        left join found f on true
        left join lateral (
          select a.status, a.error from helpdesk.attempts a
           where a.org_id = $1 and a.delivery_id = f.id
           order by a.started_at desc limit 1
        ) a on true
       order by f.created_at desc, f.id desc
      """, .text, .text, .int4, .timestamptz, .text, .text, .text, .int8)
  }

  private static let listAll = select("true")
  private static let listFailed = select("d.state = 'failed'")
  private static let listHeld = select("d.state = 'held'")

  /// A page of an endpoint's deliveries. It may hold fewer than there are, or even none, although older
  /// ones are still to be searched.
  public func list(
    _ endpoint: EndpointID, in organization: OrganizationID, _ filter: Filter, before: Cursor?
  ) async throws(PostgresError) -> Page {
    let (statement, isIndexed) =
      switch filter.state {
      case .failed: (Self.listFailed, true)
      case .held: (Self.listHeld, true)
      case nil: (Self.listAll, true)
      default: (Self.listAll, false)
      }
    let reach = isIndexed && filter.type == nil ? Self.length + 1 : Self.reach
    let rows = try await pool.read(
      statement(
        .text(organization.rawValue), .text(endpoint.rawValue),
        filter.hours.map { .int4($0) } ?? .null,
        .timestamptz(before?.createdAt ?? Timestamp(microsecondsSince2000: .max)),
        .text(before?.id ?? ""), .text(filter.state?.rawValue), .text(filter.type),
        .int8(Int64(reach))))
    var page = Page(entries: [], next: nil)
    for row in rows {
      var columns = RowReader(row)
      let end = Cursor(createdAt: try columns.timestamp(), id: try columns.text())
      page.next = try columns.bool() ? end : nil
      if let entry = try Self.entry(&columns) { page.entries.append(entry) }
    }
    if page.entries.count > Self.length {
      page.entries.removeLast(page.entries.count - Self.length)
      page.next = page.entries.last.map { Cursor(createdAt: $0.createdAt, id: $0.id.rawValue) }
    }
    return page
  }

  /// Nil if the row has none.
  private static func entry(_ columns: inout RowReader) throws(PostgresError) -> Entry? {
    guard let id = try columns.textOrNull() else { return nil }
    return Entry(
      id: DeliveryID(stored: id), createdAt: try columns.timestamp(), type: try columns.text(),
      ticket: try columns.textOrNull().map(TicketID.init(stored:)),
      state: try Delivery.State(stored: columns.text()), attempts: try columns.int4(),
      status: try columns.int4OrNull(), error: try columns.textOrNull())
  }

  // MARK: One delivery

  public struct Detail: Sendable {
    public var entry: Entry
    public var event: EventID
    public var endpoint: EndpointID
    public var url: String
    public var endpointIsDisabled: Bool
    /// The beginning of the exact text that every attempt sends, at most `longestBody` characters.
    public var body: String
    public var bodyLength: Int
    public var nextAttemptAt: Timestamp?
    /// The newest `mostAttempts`, oldest first.
    public var attempts: [Attempt]
  }

  public struct Attempt: Sendable {
    public var number: Int
    public var startedAt: Timestamp
    public var milliseconds: Int
    public var status: Int?
    public var error: String?
    /// The beginning of the answer's body.
    public var response: String?
  }

  public static let longestBody = 65_536

  private static let findDelivery = Statement(
    """
    select d.id, d.created_at, v.type, v.ticket_id, d.state, d.attempts, a.status, a.error, d.event_id,
           d.endpoint_id, e.url, e.disabled_at is not null as is_disabled,
           left(v.body, \(longestBody)) as body, char_length(v.body) as body_length, d.next_attempt_at
      from helpdesk.deliveries d
      join helpdesk.endpoints e
        on e.org_id = d.org_id and e.id = d.endpoint_id and e.deleted_at is null
      join helpdesk.events v on v.org_id = d.org_id and v.id = d.event_id
      left join lateral (
        select a.status, a.error from helpdesk.attempts a
         where a.org_id = d.org_id and a.delivery_id = d.id
         order by a.started_at desc limit 1
      ) a on true
     where d.org_id = $1 and d.id = $2
    """, .text, .text)
  private static let listAttempts = Statement(
    """
    select number, started_at, (extract(epoch from duration) * 1000)::int4 as ms, status, error,
           response
      from (select * from helpdesk.attempts where org_id = $1 and delivery_id = $2
             order by started_at desc limit \(mostAttempts)) a
     order by started_at
    """, .text, .text)

  /// Nil if the organization has no such delivery.
  public func find(_ delivery: DeliveryID, in organization: OrganizationID)
    async throws(PostgresError) -> Detail?
  {
    let (org, id) = (Parameter.text(organization.rawValue), Parameter.text(delivery.rawValue))
    let rows = try await pool.execute(
      UnitOfWork(.read, Self.findDelivery(org, id), Self.listAttempts(org, id)))
    guard var columns = rows[0].first.map(RowReader.init), let entry = try Self.entry(&columns)
    else {
      return nil
    }
    return Detail(
      entry: entry, event: EventID(stored: try columns.text()),
      endpoint: EndpointID(stored: try columns.text()), url: try columns.text(),
      endpointIsDisabled: try columns.bool(), body: try columns.text(),
      bodyLength: try columns.int4(), nextAttemptAt: try columns.timestampOrNull(),
      attempts: try rows[1].map { row throws(PostgresError) in
        var columns = RowReader(row)
        return Attempt(
          number: try columns.int4(), startedAt: try columns.timestamp(),
          milliseconds: try columns.int4(), status: try columns.int4OrNull(),
          error: try columns.textOrNull(), response: try columns.textOrNull())
      })
  }
}
