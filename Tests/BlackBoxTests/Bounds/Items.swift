import TestSupport

/// The comments of a ticket or the messages of a conversation, for rules that hold for both.
enum Items: String, CaseIterable, Sendable {
  case comments, messages

  var most: Int { self == .comments ? 5000 : 50_000 }
  /// The member that leads from the parent's answer to its pages.
  var next: String { "\(rawValue)NextCursor" }

  func makeParent(_ tenant: Tenant) async throws -> String {
    switch self {
    case .comments: try await tenant.makeTicket().id
    case .messages: try await tenant.makeConversation().id
    }
  }

  func path(_ parent: String) -> String {
    self == .comments ? "/tickets/\(parent)" : "/chat/conversations/\(parent)"
  }

  func pages(_ parent: String) -> String { "\(path(parent))/\(rawValue)" }

  /// Adds one by the API.
  func add(_ tenant: Tenant, _ parent: String) async throws -> Answer {
    switch self {
    case .comments:
      try await tenant.client.post(
        pages(parent), ["content": "One more", "authorEmail": "client@example.com"])
    case .messages:
      try await tenant.client.post(pages(parent), ["content": "One more", "senderType": "visitor"])
    }
  }

  /// Inserts many as a server of the previous release would, without counting them. They are numbered
  /// from 1, a second apart.
  /// - Parameter content: SQL, of `n`
  func insert(
    _ tenant: Tenant, _ parent: String, _ count: Int, content: String = "'No. ' || n"
  ) async throws {
    let moment = "timestamptz '2026-01-01' + n * interval '1 s'"
    let sql =
      switch self {
      case .comments:
        """
        insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
        select '\(tenant.id)', helpdesk.new_id(\(moment)), '\(parent)', '\(tenant.agent)', \(content),
               \(moment) from generate_series(1, \(count)) n;
        """
      case .messages:
        """
        insert into helpdesk.messages
          (org_id, id, conversation_id, sender_type, content, created_at)
        select '\(tenant.id)', helpdesk.new_id(\(moment)), '\(parent)', 'visitor', \(content),
               \(moment) from generate_series(1, \(count)) n;
        """
      }
    try await tenant.sql.run("\(sql) \(self.count(counted(parent), tenant, parent))")
  }

  /// SQL: how many a parent has.
  func counted(_ parent: String) -> String {
    let column = self == .comments ? "ticket_id" : "conversation_id"
    return "(select count(*) from helpdesk.\(rawValue) i where i.\(column) = '\(parent)')"
  }

  /// SQL: sets the counter of a parent.
  func count(_ count: String, _ tenant: Tenant, _ parent: String) -> String {
    let (table, column) =
      self == .comments ? ("tickets", "comment_count") : ("conversations", "message_count")
    return """
      update helpdesk.\(table) set \(column) = \(count)
       where org_id = '\(tenant.id)' and id = '\(parent)'
      """
  }

  /// All pages from the oldest item on.
  func walk(_ client: APIClient, _ parent: String, limit: Int) async throws -> [Page] {
    var (pages, cursor): ([Page], String?) = ([], nil)
    repeat {
      let query = "?limit=\(limit)" + (cursor.map { "&cursor=\($0)" } ?? "")
      let page = try await page(client, parent, query)
      pages.append(page)
      cursor = page.next
    } while cursor != nil
    return pages
  }

  /// A page of the items of a parent.
  func page(_ client: APIClient, _ parent: String, _ query: String = "") async throws -> Page {
    let answer = try await client.get(pages(parent) + query)
    guard answer.status == 200 else { throw TestError("no page: \(answer)") }
    let json = answer.json
    guard json.keys == [rawValue, "nextCursor"] else { throw TestError("not a page: \(answer)") }
    return Page(
      contents: contents(json), next: json["nextCursor"]?.string, link: answer.header("Link"),
      length: answer.body.utf8.count)
  }

  struct Page: Sendable {
    let contents: [String]
    let next: String?
    let link: String?
    /// Bytes of the answer's body.
    let length: Int
  }

  /// The contents of an answer's items.
  func contents(_ json: JSON) -> [String] {
    json[rawValue]?.items?.compactMap { $0["content"]?.string } ?? []
  }
}
