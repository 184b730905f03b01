import Cryptography
import HTTPServer
import HTTPTypes
import Helpdesk

/// Keeps other sites from sending forms in the name of a person who is signed in here.
///
/// Every form carries a token made from the secret in the browser's cookie, which no other site can read.
/// In addition, a form is refused if the browser says that it comes from elsewhere.
struct CrossSiteGuard: Sendable {
  let publicURL: PublicURL?

  /// The token in the forms of this browser, bound to its session or, before that, to its visitor's cookie.
  static func formToken(_ secret: SessionToken) throws -> String {
    Base64URL.encode(
      try HMAC.sha256(key: Array(secret.text.utf8), message: Array("form".utf8)))
  }

  /// Throws `PageFault.foreignForm`.
  func check(_ form: Form, of request: Request, _ secret: SessionToken?) throws {
    guard comesFromHere(request), let secret else { throw PageFault.foreignForm }
    let expected = Array(try Self.formToken(secret).utf8)
    guard constantTimeEqual(expected, Array(form["csrf"].utf8)) else {
      throw PageFault.foreignForm
    }
  }

  /// Browsers send `Sec-Fetch-Site` over TLS and to localhost. They send `Origin` with every form, but as
  /// `null` from pages that, like these, allow no referrer: then it says nothing.
  private func comesFromHere(_ request: Request) -> Bool {
    if let site = request.headers[.secFetchSite] { return site == "same-origin" }
    guard let origin = request.headers[.origin], origin != "null" else { return true }
    if let publicURL { return origin == publicURL.origin }
    return origin == "http://\(request.head.authority ?? "")"
  }
}

extension HTTPField.Name {
  static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
