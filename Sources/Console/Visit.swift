import HTTPServer
import Helpdesk

/// A request for a page, with what its cookies reveal about the sender.
struct Visit: Sendable {
  let request: Request
  /// The client's address, for the throttle and the audit trail.
  let address: String
  var requestID: String { request.id }
  /// The part of the path in place of the route's `{id}`.
  let parameter: String
  let query: Form
  var form = Form()
  /// Reports on this page what the previous one did.
  let notice: Notice?
  /// The token in the browser's cookie, valid or not.
  let token: SessionToken?
  /// True for a person who has signed in but not chosen an organization yet.
  let isChoosing: Bool
  let session: Session?
  /// The token that the page's forms are bound to: the session's, otherwise the visitor's.
  let secret: SessionToken
  /// True if the visitor's cookie is new and has to be set.
  let secretIsNew: Bool

  /// The session; throws `PageFault.notFound` if nobody is signed in.
  func signedIn() throws -> Session {
    guard let session else { throw PageFault.notFound }
    return session
  }

  /// The session of an admin; throws `PageFault.adminsOnly` if it is an agent's.
  func admin() throws -> Session {
    let session = try signedIn()
    guard session.mayChangeSettings else { throw PageFault.adminsOnly }
    return session
  }

  /// The object whose id is in the path; throws `PageFault.notFound` if the organization has no such
  /// object.
  func named<Entity, Thing>(
    by find: (Identifier<Entity>, OrganizationID) async throws -> Thing?
  ) async throws -> Thing {
    guard let id = Identifier<Entity>(parameter),
      let thing = try await find(id, try signedIn().organization)
    else { throw PageFault.notFound }
    return thing
  }
}
