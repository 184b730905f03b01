import HTTPServer
import Helpdesk

/// An admitted request. It is created only after admission, so that no handler can run without it.
struct APIContext: Sendable {
  let request: Request
  let principal: Principal
  /// The path's segment for the parameter of its template; empty if that has none.
  let parameter: String
  /// The ticket that the path names, if it was read along with the admission.
  let ticket: FoundTicket?
  /// The memory that the answer takes.
  let room: AnswerRoom

  var organization: OrganizationID { principal.organization }

  /// The id in the path. Throws `notFound` for a text that cannot be an id.
  func id<Entity>(of what: String) throws -> Identifier<Entity> {
    guard let id = Identifier<Entity>(parameter) else { throw APIError.notFound(what) }
    return id
  }

  /// Reads something with a page of items: at once if the page is short, otherwise whole, after making
  /// room.
  /// - Parameters:
  ///   - memory: bytes that the whole takes
  ///   - find: reads it
  func read<Found: Sendable>(
    _ page: (Found) -> ItemPage, memory: () async throws -> Int,
    _ find: (ItemPage.Extent) async throws -> Found
  ) async throws -> Found {
    let found = try await find(.short)
    guard page(found).isPartial else { return found }
    try await room.make(try await memory())
    return try await find(.whole)
  }
}
