import Helpdesk
import Hummingbird
import Logging

/// What a handler knows besides the request: above all, who is asking. Made only after admission, so
/// that no handler can run without it.
struct APIContext: RequestContext {
  struct Source: RequestContextSource {
    let logger: Logger
    let principal: Principal
    let ticket: FoundTicket?
    let room: AnswerRoom
  }

  var coreContext: CoreRequestContextStorage
  let principal: Principal
  /// The ticket that the path names, if it came with the admission.
  let ticket: FoundTicket?
  /// The memory that the answer takes.
  let room: AnswerRoom

  init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    principal = source.principal
    ticket = source.ticket
    room = source.room
  }

  var organization: OrganizationID { principal.organization }

  /// The id that the path names under `parameter`. One that cannot exist does not.
  func id<Entity>(_ parameter: String, of what: String) throws -> Identifier<Entity> {
    guard let text = parameters.get(parameter), let id = Identifier<Entity>(text) else {
      throw APIError.notFound(what)
    }
    return id
  }
}
