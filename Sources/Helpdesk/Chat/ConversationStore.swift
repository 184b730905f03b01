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
    "helpdesk.messages", parent: "conversation_id", columns: "m.sender_type, m.sender_id")

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
      conversation: conversation, messages: try Self.messages.page(rows[1], page, extent))
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
    let parameters = [.text(org.rawValue)] + page.parameters
    return try await pool.list(
      status.map { Self.withStatus(parameters + [.text($0.rawValue)]) } ?? Self.all(parameters),
      Self.counts(.text(org.rawValue), .text(status?.rawValue)))
  }

  // MARK: Writing

  private static let create = Change(
    "helpdesk.create_conversation", .text, .text, .text, .text, .bytea)

  /// Starts a conversation.
  public func create(
    visitor name: String, _ email: EmailAddress?, in org: OrganizationID,
    under key: IdempotencyKey? = nil
  ) async throws -> ChangeAnswer {
    try await pool.answer(
      Self.create(.text(org.rawValue), .text(name), .text(email?.text), under: key))
  }

  private static let end = Change("helpdesk.end_conversation", .text, .text, .int8Array)

  /// Ends a conversation; one that has ended stays as it is.
  public func end(
    _ id: ConversationID, in org: OrganizationID, if precondition: Precondition = .none
  ) async throws -> ChangeAnswer {
    try await pool.answer(
      Self.end(.text(org.rawValue), .text(id.rawValue), precondition.parameter))
  }

  private static let send = Change(
    "helpdesk.send_message", .text, .text, .text, .text, .text, .text, .bytea)

  /// Adds a message to an active conversation and moves its `updatedAt`.
  public func send(
    _ content: String, from sender: Message.Sender, in conversation: ConversationID,
    of org: OrganizationID, under key: IdempotencyKey? = nil
  ) async throws -> ChangeAnswer {
    let (type, senderID): (String, String?) =
      switch sender {
      case .visitor: ("visitor", nil)
      case .agent(let id): ("agent", id?.rawValue)
      }
    return try await pool.answer(
      Self.send(
        .text(org.rawValue), .text(conversation.rawValue), .text(type), .text(senderID),
        .text(content), under: key))
  }
}
