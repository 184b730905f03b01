import HTTPServer
import HTTPTypes
import Helpdesk
import Postgres

/// `/api/external/chat/conversations`.
struct ConversationController {
  let conversations: ConversationStore

  var resources: [Resource] {
    [
      Resource(
        "chat/conversations", Route(.get, .readChat, list), Route(.post, .writeChat, create)),
      Resource(
        "chat/conversations/{conversationId}", Route(.get, .readChat, find),
        Route(.patch, .writeChat, end)),
      Resource(
        "chat/conversations/{conversationId}/messages", Route(.get, .readChat, messages),
        Route(.post, .writeChat, send)),
    ]
  }

  @Sendable private func list(_ context: APIContext) async throws -> Response {
    let query = try ListQuery<Conversation.Status>(context.request.query)
    let listing = try await conversations.list(query.status, query.page, in: context.organization)
    var json = JSONWriter(capacity: 256 + 256 * listing.rows.count)
    try json.listing("conversations", listing, query.page) { json, row throws(PostgresError) in
      try json.conversation(row)
    }
    return json.response()
  }

  @Sendable private func create(_ context: APIContext) async throws -> Response {
    let (draft, key) = try await RequestBody.readWithKey(
      ConversationDraft.self, of: context.request)
    let conversation = try await conversations.create(
      visitor: draft.visitorName, draft.visitorEmail, in: context.organization, under: key)
    return try JSONWriter(conversation).response(
      .created, at: "chat/conversations/\(conversation.id)", to: conversation
    ).tagged(EntityTag(ofConversation: conversation))
  }

  @Sendable private func find(_ context: APIContext) async throws -> Response {
    let found = try await read(try id(context), ItemPage.Request(), context)
    let tag = try EntityTag(ofConversation: found.conversation)
    if let answer = context.request.notModified(tag) { return answer }
    let json = try await render(found.messages.items) { capacity in
      var json = JSONWriter(capacity: capacity)
      try json.conversation(found.conversation, messages: found.messages)
      return json
    }
    return json.response().tagged(tag)
  }

  @Sendable private func messages(_ context: APIContext) async throws -> Response {
    let (conversation, page): (ConversationID, _) = try context.page(of: "conversation")
    let found = try await read(conversation, page, context)
    let (json, next) = try await render(found.messages.items) { capacity in
      var json = JSONWriter(capacity: capacity)
      let next = try json.messagePage(found.messages, of: conversation)
      return (json, next)
    }
    return json.response(
      page, next: next, at: "/api/external/chat/conversations/\(conversation)/messages")
  }

  private func read(_ id: ConversationID, _ page: ItemPage.Request, _ context: APIContext)
    async throws -> FoundConversation
  {
    let organization = context.organization
    return try await context.read(\.messages) {
      try await conversations.memory(page, of: id, in: organization)
    } _: {
      try await conversations.find(id, in: organization, page, $0)
    }
  }

  @Sendable private func end(_ context: APIContext) async throws -> Response {
    let (_, precondition) = try await RequestBody.readConditionally(
      ConversationEnd.self, of: context.request)
    let conversation = try await conversations.end(
      try id(context), in: context.organization, if: precondition)
    return try JSONWriter(conversation).response()
      .tagged(EntityTag(ofConversation: conversation))
  }

  @Sendable private func send(_ context: APIContext) async throws -> Response {
    let (draft, key) = try await RequestBody.readWithKey(MessageDraft.self, of: context.request)
    let conversation = try id(context)
    let message = try await conversations.send(
      draft.content, from: draft.sender, in: conversation, of: context.organization, under: key)
    // A message has no address of its own, so the address is its conversation's.
    return try JSONWriter(message).response(
      .created, at: "chat/conversations/\(conversation.rawValue)", to: message)
  }

  private func id(_ context: APIContext) throws -> ConversationID {
    try context.id(of: "conversation")
  }
}

private struct ConversationDraft: RequestContent {
  let visitorName: String
  let visitorEmail: EmailAddress?

  init(_ fields: inout BodyFields) {
    visitorName = fields.requiredText("visitorName", 1...200, trimmed: true)
    visitorEmail = fields.email("visitorEmail")
  }
}

private struct ConversationEnd: RequestContent {
  private enum Status: String, CaseIterable { case ended }

  init(_ fields: inout BodyFields) {
    if fields.isAbsent("status") { fields.fault("status", "is required") }
    let _: Status? = fields.choice("status")
  }
}

private struct MessageDraft: RequestContent {
  private enum SenderType: String, CaseIterable { case visitor, agent }

  let content: String
  private let senderType: SenderType
  private let senderID: String?

  init(_ fields: inout BodyFields) {
    content = fields.requiredText("content", 1...10_000)
    if fields.isAbsent("senderType") { fields.fault("senderType", "is required") }
    let type: SenderType? = fields.choice("senderType")
    senderType = type ?? .visitor
    senderID = fields.string("senderId")
    if type == .visitor, senderID != nil {
      fields.fault("senderId", "is only for messages of an agent")
    }
  }

  var sender: Message.Sender {
    switch senderType {
    case .visitor: .visitor
    case .agent: .agent(senderID.map { UserID($0) ?? .ofNothing })
    }
  }
}
