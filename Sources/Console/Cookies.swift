import HTTPTypes
import Helpdesk
import Hummingbird

/// The console's cookies: who is signed in, before that, whose form it is, and for an hour, which link
/// to set a password was opened.
///
/// Over TLS their names begin with `__Host-`, so that no other host of the domain, and nobody on a
/// plain connection, can set them.
struct Cookies: Sendable {
  private let isSecure: Bool

  init(isSecure: Bool) { self.isSecure = isSecure }

  private var session: String { isSecure ? "__Host-tacohelp_session" : "tacohelp_session" }
  private var visitor: String { isSecure ? "__Host-tacohelp_visitor" : "tacohelp_visitor" }
  private var invitation: String {
    isSecure ? "__Host-tacohelp_invitation" : "tacohelp_invitation"
  }

  /// The token, and the organization that it is looked at in; nil while none is chosen.
  func session(_ request: Request) throws -> (token: SessionToken, organization: OrganizationID?)? {
    guard let value = find(session, request) else { return nil }
    let parts = value.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, let token = try SessionToken(parsing: String(parts[1])) else {
      return nil
    }
    return (token, OrganizationID(parts[0]))
  }

  func visitor(_ request: Request) throws -> SessionToken? {
    try find(visitor, request).flatMap { try SessionToken(parsing: String($0)) }
  }

  func invitation(_ request: Request) throws -> InvitationToken? {
    try find(invitation, request).flatMap { try InvitationToken(parsing: $0) }
  }

  /// Signs in. Ends with the browser; the database ends it earlier.
  func set(_ token: SessionToken, _ organization: OrganizationID?, on response: inout Response) {
    set(session, "\(organization?.rawValue ?? "none").\(token.text)", on: &response)
    remove(visitor, on: &response)
  }

  func setVisitor(_ token: SessionToken, on response: inout Response) {
    set(visitor, token.text, on: &response)
  }

  func removeSession(on response: inout Response) { remove(session, on: &response) }

  /// Remembers which link was opened, for an hour; nil: none.
  func setInvitation(_ token: InvitationToken?, on response: inout Response) {
    guard let token else { return remove(invitation, on: &response) }
    set(invitation, token.text, for: "; Max-Age=3600", on: &response)
  }

  private func set(
    _ name: String, _ value: String, for age: String = "", on response: inout Response
  ) {
    append("\(name)=\(value); Path=/; HttpOnly; SameSite=Lax\(age)", on: &response)
  }

  private func remove(_ name: String, on response: inout Response) {
    append("\(name)=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", on: &response)
  }

  private func append(_ cookie: String, on response: inout Response) {
    response.headers.append(
      HTTPField(name: .setCookie, value: isSecure ? "\(cookie); Secure" : cookie))
  }

  private func find(_ name: String, _ request: Request) -> Substring? {
    for header in request.headers[values: .cookie] {
      for pair in header.split(separator: ";") {
        let pair = pair.drop { $0 == " " }
        if pair.hasPrefix("\(name)=") { return pair.dropFirst(name.count + 1) }
      }
    }
    return nil
  }
}
