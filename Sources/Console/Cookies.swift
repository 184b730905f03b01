import HTTPServer
import HTTPTypes
import Helpdesk

/// The console's cookies:
/// - `session`: the session's token and the organization,
/// - `visitor`: binds the forms of people who are not signed in,
/// - `notice`: what was done, for the next page alone,
/// - `destination`: the page to open after signing in,
/// - `invitation`: for an hour, the link to set a password that was opened.
///
/// Over TLS their names begin with `__Host-`, so that neither another host of the domain nor anybody on
/// an unencrypted connection can set them.
struct Cookies: Sendable {
  enum Name: String {
    case session, visitor, notice, destination, invitation
  }

  let isSecure: Bool

  /// The token, and the organization; nil while none is chosen.
  func session(_ request: Request) throws -> (token: SessionToken, organization: OrganizationID?)? {
    guard let value = find(.session, request) else { return nil }
    let parts = value.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, let token = try SessionToken(parsing: String(parts[1])) else {
      return nil
    }
    return (token, OrganizationID(parts[0]))
  }

  func visitor(_ request: Request) throws -> SessionToken? {
    try find(.visitor, request).flatMap { try SessionToken(parsing: String($0)) }
  }

  func notice(_ request: Request) -> Notice? {
    find(.notice, request).flatMap { Notice(rawValue: String($0)) }
  }

  /// Path and query of the settings page that was requested without a session.
  func destination(_ request: Request) -> String? {
    find(.destination, request).flatMap { Self.isDestination($0) ? String($0) : nil }
  }

  func invitation(_ request: Request) throws -> InvitationToken? {
    try find(.invitation, request).flatMap { try InvitationToken(parsing: $0) }
  }

  /// Signs in. The browser drops the cookie when it closes; the database may end the session earlier.
  func set(_ token: SessionToken, _ organization: OrganizationID?, on response: inout Response) {
    set(.session, "\(organization?.rawValue ?? "none").\(token.text)", on: &response)
    remove(.visitor, on: &response)
  }

  func setVisitor(_ token: SessionToken, on response: inout Response) {
    set(.visitor, token.text, on: &response)
  }

  func set(_ notice: Notice, on response: inout Response) {
    set(.notice, notice.rawValue, seconds: 60, on: &response)
  }

  /// Ignores anything that is not a settings page or does not fit a cookie.
  func setDestination(_ target: String, on response: inout Response) {
    guard Self.isDestination(target[...]) else { return }
    set(.destination, target, seconds: 600, on: &response)
  }

  /// Remembers for an hour the link that was opened.
  func set(_ token: InvitationToken, on response: inout Response) {
    set(.invitation, token.text, seconds: 3600, on: &response)
  }

  private static func isDestination(_ target: Substring) -> Bool {
    target.utf8.count <= 500
      && target.wholeMatch(of: /\/settings\/[A-Za-z0-9\-._~\/?&=%]*/) != nil
  }

  private func name(_ name: Name) -> String {
    "\(isSecure ? "__Host-" : "")tacohelp_\(name.rawValue)"
  }

  private func set(
    _ name: Name, _ value: String, seconds: Int? = nil, on response: inout Response
  ) {
    var cookie = "\(self.name(name))=\(value); Path=/; HttpOnly; SameSite=Lax"
    if let seconds { cookie += "; Max-Age=\(seconds)" }
    if isSecure { cookie += "; Secure" }
    response.headers.append(HTTPField(name: .setCookie, value: cookie))
  }

  func remove(_ name: Name, on response: inout Response) {
    set(name, "", seconds: 0, on: &response)
  }

  private func find(_ name: Name, _ request: Request) -> Substring? {
    let name = self.name(name)
    for header in request.headers[values: .cookie] {
      for pair in header.split(separator: ";") {
        let pair = pair.drop { $0 == " " }
        if pair.hasPrefix("\(name)=") { return pair.dropFirst(name.count + 1) }
      }
    }
    return nil
  }
}
