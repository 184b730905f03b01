public import Postgres

/// Conversations and their messages in Postgres.
public struct ConversationStore: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  // MARK: Reading

  private static let one = Statement(
    """
    select \(Conversation.columns("c")) from helpdesk.conversations c
     where c.org_id = $1 and c.id = $2
    """, .text, .text)

  private static let messages = ItemQuery(
    "helpdesk.messages", parent: "conversation_id", textColumn: Message.Column.content.rawValue
  ) { "m.id, m.sender_type, m.sender_id, \($0), m.created_at" }

  /// The conversation and a page of its messages.
  public func find(
    _ id: ConversationID, in org: OrganizationID, _ page: ItemPage.Request = ItemPage.Request(),
    _ extent: ItemPage.Extent = .whole
  ) async throws -> FoundConversation {
    let (org, id) = (Parameter.text(org.rawValue), Parameter.text(id.rawValue))
    let rows = try await pool.execute(
      UnitOfWork(.read, Self.one(org, id), Self.messages(org, id, page, extent)))
    guard let conversation = rows[0].first else { throw HelpdeskError.notFound("conversation") }
    return FoundConversation(
      conversation: conversation, messages: Self.messages.page(rows[1], page, extent))
  }

  /// The memory that a whole page of a conversation's messages takes, as rows and as JSON, in bytes.
  public func memory(
    _ page: ItemPage.Request, of id: ConversationID, in org: OrganizationID
  ) async throws -> Int {
    try await Self.messages.memory(.text(org.rawValue), .text(id.rawValue), page, pool)
  }

  private static func page(filter: String) -> String {
    """
    select \(Conversation.columns("c")) from helpdesk.conversations c
     where c.org_id = $1\(filter)
     order by c.created_at desc, c.id desc limit $2 offset $3
    """
  }

  private static let all = Statement(page(filter: ""), .text, .int8, .int8)
  private static let withStatus = Statement(
    page(filter: " and c.status = $4"), .text, .int8, .int8, .text)

  private static let counts = Statement(
    """
    select case $2 when 'active' then active when 'ended' then ended
                   else active + ended end as total
      from helpdesk.conversation_counters where org_id = $1
    """, .text, .text)

  /// A page of conversations, newest first.
  public func list(_ status: Conversation.Status?, _ page: Page, in org: OrganizationID)
    async throws -> Listing
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

  // MARK: Writing

  private static let create = Effect(
    """
    counter as (
      update helpdesk.conversation_counters set active = active + 1 where org_id = $1
      returning clock_timestamp() as at
    )
    """,
    """
    insert into helpdesk.conversations as c
      (org_id, id, visitor_name, visitor_email, created_at, updated_at, message_count)
    select $1, helpdesk.new_id(at), $2, $3, at, at, 0 from counter
    returning \(Conversation.columns("c"))
    """,
    columns: Conversation.columnTypes, .text, .text, .text)

  /// Starts a conversation.
  public func create(
    visitor name: String, _ email: EmailAddress?, in org: OrganizationID,
    under key: IdempotencyKey? = nil
  ) async throws -> Made<Row> {
    try await Self.create.once(under: key, in: org, pool) {
      let rows = try await pool.write(
        Self.create(.text(org.rawValue), .text(name), .text(email?.text), under: key))
      guard let row = rows.first else { throw HelpdeskError.notFound("organization") }
      return row
    }
  }

  private static let end = Statement(
    """
    with old as materialized (
      select *, \(Precondition.fails("updated_at", "$3")) as has_changed
        from helpdesk.conversations where org_id = $1 and id = $2 for no key update
    ), moment as materialized (
      select helpdesk.next_moment(updated_at) as at from old
       where status = 'active' and not has_changed
    ), changed as (
      update helpdesk.conversations c set status = 'ended', ended_at = at, updated_at = at
        from moment where c.org_id = $1 and c.id = $2
      returning c.*
    ), counters as (
      update helpdesk.conversation_counters set active = active - 1, ended = ended + 1
       where org_id = $1 and exists (select from changed)
    )
    select \(Conversation.columns("c")), false as has_changed from changed c
    union all
    select \(Conversation.columns("c")), has_changed from old c where not exists (select from changed)
    """, .text, .text, .int8Array)

  /// Ends a conversation; one that has ended stays as it is.
  public func end(
    _ id: ConversationID, in org: OrganizationID, if precondition: Precondition = .none
  ) async throws -> Row {
    let rows = try await pool.write(
      Self.end(.text(org.rawValue), .text(id.rawValue), precondition.parameter))
    guard let row = rows.first else { throw HelpdeskError.notFound("conversation") }
    guard try !row.bool(Conversation.columnTypes.count) else {
      throw HelpdeskError.preconditionFailed
    }
    return row
  }

  private static let send = Effect(
    """
    conversation as (
      update helpdesk.conversations c
         set updated_at = helpdesk.next_moment(c.updated_at), message_count = c.message_count + 1
       where c.org_id = $1 and c.id = $2 and c.status = 'active'
         and c.message_count < \(Message.mostOfConversation)
         and ($4 is null or exists (
           select from helpdesk.users u
            where u.org_id = $1 and u.id = $4 and u.role in ('agent', 'admin')))
      returning c.id, c.updated_at
    ), message as (
      insert into helpdesk.messages
        (org_id, id, conversation_id, sender_type, sender_id, content, created_at)
      select $1, helpdesk.new_id(c.updated_at), c.id, $3, $4, $5, c.updated_at
        from conversation c
      returning *
    )
    """,
    """
    select m.id, m.sender_type, m.sender_id, m.content, m.created_at,
           case when m.id is not null then 'ok' else (
             select case when c.id is null then 'not_found'
                         when c.status = 'ended' then 'ended'
                         when $4 is not null and u.id is null then 'user_not_found'
                         when u.role = 'client' then 'user_is_client'
                         when c.message_count >= \(Message.mostOfConversation) then 'full'
                         else 'again' end
               from (select) always
               left join helpdesk.conversations c on c.org_id = $1 and c.id = $2
               left join helpdesk.users u on u.org_id = $1 and u.id = $4) end as outcome
      from (select) always left join message m on true
    """,
    columns: Message.columnTypes, .text, .text, .text, .text, .text)

  /// Adds a message to an active conversation and moves its `updatedAt`.
  public func send(
    _ content: String, from sender: Message.Sender, in conversation: ConversationID,
    of org: OrganizationID, under key: IdempotencyKey? = nil
  ) async throws -> Made<Row> {
    let (type, senderID): (String, String?) =
      switch sender {
      case .visitor: ("visitor", nil)
      case .agent(let id): ("agent", id?.rawValue)
      }
    return try await Self.send.once(under: key, in: org, pool) {
      try await retrying {
        let rows = try await pool.write(
          Self.send(
            .text(org.rawValue), .text(conversation.rawValue), .text(type), .text(senderID),
            .text(content), under: key))
        guard let row = rows.first else { return nil }
        switch try row.text(Message.Column.outcome.rawValue) {
        case "ok": return row
        case "not_found": throw HelpdeskError.notFound("conversation")
        case "ended": throw HelpdeskError.conversationEnded
        case "user_not_found": throw HelpdeskError.notFound("user")
        case "user_is_client":
          throw HelpdeskError.invalid(
            field: "senderId", message: "senderId must be an agent or an admin")
        case "full":
          throw HelpdeskError.limitReached(
            "a conversation holds at most \(Message.mostOfConversation) messages")
        default: return nil
        }
      }
    }
  }
}
