import HTTPServer
import HTTPTypes
import Helpdesk

/// `/api/external/tickets/:ticketId/comments`.
struct CommentController {
  let comments: CommentStore

  var resources: [Resource] {
    [
      Resource(
        "tickets/{ticketId}/comments", Route(.get, .readTickets, list),
        Route(.post, .writeTickets, create))
    ]
  }

  @Sendable private func list(_ context: APIContext) async throws -> Response {
    let (ticket, page): (TicketID, _) = try context.page(of: "ticket")
    let organization = context.organization
    let found = try await context.read(\.self) {
      try await comments.memory(page, of: ticket, in: organization)
    } _: {
      try await comments.list(page, of: ticket, in: organization, $0)
    }
    let (json, next) = try await render(found.items) { capacity in
      var json = JSONWriter(capacity: capacity)
      let next = try json.commentPage(found, of: ticket)
      return (json, next)
    }
    return json.response(page, next: next, at: "/api/external/tickets/\(ticket)/comments")
  }

  @Sendable private func create(_ context: APIContext) async throws -> Response {
    let (draft, precondition, key) = try await RequestBody.readConditionallyWithKey(
      CommentDraft.self, of: context.request)
    let ticket: TicketID = try context.id(of: "ticket")
    let comment = try await comments.create(
      draft.content, by: draft.author, on: ticket, in: context.organization, if: precondition,
      under: key)
    // A comment has no address of its own, so the address is its ticket's.
    return try JSONWriter(comment).response(
      .created, at: "tickets/\(ticket.rawValue)", to: comment)
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
