import Helpdesk
import Hummingbird

/// One request for a page, and what is known of who sent it.
struct Visit: Sendable {
  let request: Request
  /// Where it came from, for the throttle and the audit trail.
  let address: String
  let requestID: String
  /// What stands in the path where the route has `{id}`.
  let parameter: String
  let query: Form
  var form = Form()
  /// What was done before this page, to be told on it.
  let notice: Notice?
  /// The token in the browser's cookie, good or not.
  let token: SessionToken?
  /// Signed in, and has not said yet to which organization.
  let isChoosing: Bool
  let session: Session?
  /// What its forms are bound to: the session's token, else the visitor's.
  let secret: SessionToken
  /// The visitor's cookie was made just now and has to be set.
  let secretIsNew: Bool

  /// Who is signed in; to others a route that asks for it is closed.
  func signedIn() throws -> Session {
    guard let session else { throw PageFault.notFound }
    return session
  }

  /// Who is signed in, if that is an admin.
  func admin() throws -> Session {
    let session = try signedIn()
    guard session.mayChangeSettings else { throw PageFault.adminsOnly }
    return session
  }
}

/// A path with what answers it.
struct Route: Sendable {
  typealias Handler = @Sendable (Visit) async throws -> Response

  /// As `/settings/api-keys/{id}/revoke`.
  let template: String
  var isForSignedIn = true
  /// Whether a visitor gets a cookie for its forms.
  var hasForms = true
  /// Besides, for who has yet to choose an organization.
  var isForChoosing = false
  var get: Handler?
  var post: Handler?

  /// What the path has in place of `{id}`, empty when the route has none; nil when it is another's.
  func match(_ path: String) -> String? {
    let wanted = template.split(separator: "/", omittingEmptySubsequences: false)
    let given = path.split(separator: "/", omittingEmptySubsequences: false)
    guard wanted.count == given.count else { return nil }
    var parameter = ""
    for (want, have) in zip(wanted, given) {
      if want == "{id}" {
        parameter = String(have)
      } else if want != have {
        return nil
      }
    }
    return parameter
  }

  var allowed: String {
    [get == nil ? nil : "GET, HEAD", post == nil ? nil : "POST"].compactMap { $0 }
      .joined(separator: ", ")
  }
}
