import Helpdesk
import Hummingbird

/// `/api/external/tickets/:ticketId/comments`.
struct CommentController {
  let comments: CommentStore

  func addRoutes(to group: some RouterMethods<APIContext>) {
    group.resource("tickets/{ticketId}/comments", Operation(.post, .writeTickets, create))
  }

  @Sendable private func create(_ request: Request, _ context: APIContext) async throws
    -> Response
  {
    let (draft, precondition, key) = try await RequestBody.readConditionallyWithKey(
      CommentDraft.self, of: request)
    let made = try await comments.create(
      draft.content, by: draft.author, on: try context.id("ticketId", of: "ticket"),
      in: context.organization, if: precondition, under: key)
    var json = JSONWriter()
    try json.comment(made.answer)
    return json.response(.created, to: made)
  }
}

private struct CommentDraft: RequestContent {
  let content: String
  let author: EmailAddress

  init(_ fields: inout BodyFields) {
    content = fields.requiredText("content", 1...50_000)
    author = fields.requiredEmail("authorEmail") ?? .unknown
  }
}
