import HTTPServer
import HTTPTypes
import Helpdesk
import Postgres

/// `/api/external/tickets`.
struct TicketController {
  let tickets: TicketStore
  let comments: CommentStore

  var resources: [Resource] {
    [
      Resource(
        "tickets", Route(.get, .readTickets, list), Route(.post, .writeTickets, create)),
      Resource(
        "tickets/{ticketId}", Route(.get, .readTickets, prefetchesTicket: true, find),
        Route(.patch, .writeTickets, update)),
      Resource("tickets/{ticketId}/merge", Route(.post, .writeTickets, merge)),
    ]
  }

  @Sendable private func list(_ context: APIContext) async throws -> Response {
    let query = try ListQuery<Ticket.Status>(context.request.query)
    let listing = try await tickets.list(query.status, query.page, in: context.organization)
    var json = JSONWriter(capacity: 256 + 640 * listing.rows.count)
    try json.listing("tickets", listing, query.page) { json, row throws(PostgresError) in
      try json.ticket(row, description: false)
    }
    return json.response()
  }

  @Sendable private func create(_ context: APIContext) async throws -> Response {
    let (draft, key) = try await RequestBody.readWithKey(TicketDraft.self, of: context.request)
    let ticket = try await tickets.create(draft.value, in: context.organization, under: key)
    return try JSONWriter(ticket).response(.created, at: "tickets/\(ticket.id)", to: ticket)
      .tagged(EntityTag(ofTicket: ticket))
  }

  @Sendable private func find(_ context: APIContext) async throws -> Response {
    let found =
      if let ticket = context.ticket { ticket } else { try await read(context) }
    let tag = try EntityTag(ofTicket: found.ticket)
    if let answer = context.request.notModified(tag) { return answer }
    return try await json(found).response().tagged(tag)
  }

  private func read(_ context: APIContext) async throws -> FoundTicket {
    let (id, organization): (TicketID, _) = (
      try context.id(of: "ticket"), context.organization
    )
    return try await context.read(\.comments) {
      try await comments.memory(ItemPage.Request(), of: id, in: organization)
    } _: {
      try await tickets.find(id, in: organization, $0)
    }
  }

  private func json(_ found: FoundTicket) async throws -> JSONWriter {
    try await render(found.comments.items) { capacity in
      var json = JSONWriter(capacity: capacity)
      try json.ticket(found.ticket, comments: found.comments)
      return json
    }
  }

  @Sendable private func update(_ context: APIContext) async throws -> Response {
    let (patch, precondition) = try await RequestBody.readConditionally(
      TicketPatch.self, of: context.request)
    let ticket = try await tickets.update(
      try context.id(of: "ticket"), patch.value, in: context.organization,
      if: precondition)
    return try JSONWriter(ticket).response().tagged(EntityTag(ofTicket: ticket))
  }

  @Sendable private func merge(_ context: APIContext) async throws -> Response {
    let (body, precondition, key) = try await RequestBody.readConditionallyWithKey(
      MergeTarget.self, of: context.request)
    let source: TicketID = try context.id(of: "ticket")
    let target = TicketID(body.intoTicketID) ?? .ofNothing
    let (ticket, page) = try await tickets.merge(
      source, into: target, in: context.organization, if: precondition, under: key)
    let comments = try await allComments(page, target, context)
    let json = try await render(comments.items) { capacity in
      var json = JSONWriter(capacity: capacity)
      try json.ticket(ticket, comments: comments)
      return json
    }
    return try json.response(to: ticket).tagged(EntityTag(ofTicket: ticket))
  }

  /// As many comments as an answer may carry.
  private func allComments(_ found: ItemPage, _ id: TicketID, _ context: APIContext) async throws
    -> ItemPage
  {
    guard found.isPartial else { return found }
    let (all, organization) = (ItemPage.Request(), context.organization)
    try await context.room.make(try await comments.memory(all, of: id, in: organization))
    return try await comments.list(all, of: id, in: organization, .whole)
  }
}

private struct MergeTarget: RequestContent {
  let intoTicketID: String

  init(_ fields: inout BodyFields) {
    if fields.isAbsent("intoTicketId") { fields.fault("intoTicketId", "is required") }
    intoTicketID = fields.string("intoTicketId") ?? ""
  }
}
