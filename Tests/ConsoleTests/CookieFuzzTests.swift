import HTTPServer
import HTTPTypes
import Helpdesk
import TestSupport
import Testing

@testable import Console

/// Random cookies, from a seed that a failure prints.
@Suite struct CookieFuzzTests {
  private var generator = SeededGenerator()

  private func seed(_ what: Any) -> Testing.Comment { "seed \(SeededGenerator.seed): \(what)" }

  private func request(_ headers: [String]) -> Request {
    var fields = HTTPFields()
    for header in headers { fields.append(HTTPField(name: .cookie, value: header)) }
    return Request(
      head: HTTPRequest(
        method: .get, scheme: nil, authority: nil, path: "/", headerFields: fields))
  }

  private func pairs(_ response: Response) -> [String] {
    response.headers[values: .setCookie].map { String($0.prefix { $0 != ";" }) }
  }

  private mutating func organization() throws -> OrganizationID {
    let characters = (0..<24).map { _ in generator.pick(["a", "z", "0", "9"]) }
    return try #require(OrganizationID("c\(characters.joined())"))
  }

  private mutating func destination() -> String {
    let parts = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
      generator.pick(["a", "Z", "0", "-", ".", "_", "~", "/", "?", "&", "=", "%20"])
    }
    return "/settings/\(parts.joined())"
  }

  @Test("What is set is read back, among whatever other cookies a browser sends")
  mutating func roundTrip() throws {
    for _ in 0..<2000 {
      let cookies = Cookies(isSecure: Bool.random(using: &generator))
      let (token, visitor) = (try SessionToken.make(), try SessionToken.make())
      let organization = Bool.random(using: &generator) ? try organization() : nil
      let invitation = try InvitationToken.make(in: try self.organization())
      let destination = destination()
      var response = Response(status: .ok)
      cookies.set(token, organization, on: &response)
      // Signing in has ended the visitor's cookie.
      var sent = pairs(response).filter { !$0.hasSuffix("=") }
      response.headers[.setCookie] = nil
      cookies.setVisitor(visitor, on: &response)
      cookies.set(.keyRevoked, on: &response)
      cookies.setDestination(destination, on: &response)
      cookies.set(invitation, on: &response)
      sent += pairs(response)
      let others = (0..<3).map { _ in
        generator.pick(["a=b", "tacohelp=x", "session=1", "=", "x", "_tacohelp_session=none.1", ""])
      }
      let all = (sent + others).shuffled(using: &generator)
      let cut = Int.random(in: 0...all.count, using: &generator)
      let separator = generator.pick(["; ", ";", ";  "])
      let headers = [all[..<cut], all[cut...]].map { $0.joined(separator: separator) }
      let request = request(headers)
      let session = try cookies.session(request)
      #expect(session?.token == token && session?.organization == organization, seed(headers))
      #expect(try cookies.visitor(request) == visitor, seed(headers))
      #expect(cookies.notice(request) == .keyRevoked, seed(headers))
      #expect(cookies.destination(request) == destination, seed(headers))
      #expect(try cookies.invitation(request) == invitation, seed(headers))
      // Cookies of an unencrypted connection do not count over TLS, and vice versa.
      let other = Cookies(isSecure: !cookies.isSecure)
      #expect(try other.session(request) == nil && other.invitation(request) == nil, seed(headers))
    }
  }

  @Test("Whatever a browser sends, a cookie has its form or counts as missing")
  mutating func anything() throws {
    let cookies = Cookies(isSecure: false)
    var (kept, tokensKept, invitationsKept) = (0, 0, 0)
    for _ in 0..<10_000 {
      let token = try SessionToken.make().text
      let organization = try organization()
      let header = generator.spoiled(
        generator.pick([
          "tacohelp_session=\(organization).\(token)",
          "tacohelp_invitation=\(organization).\(token)",
          "tacohelp_visitor=\(token); tacohelp_notice=keyRevoked",
          "x=y; tacohelp_destination=\(destination())",
        ]), 0...2, with: ";=. /%\"tacohelp_")
      let request = request([header])
      let session = try cookies.session(request)
      let tokens = [session?.token.text, try cookies.visitor(request)?.text]
      for text in tokens.compactMap(\.self) {
        tokensKept += 1
        #expect(text.wholeMatch(of: /[A-Za-z0-9_\-]{43}/) != nil, seed(header))
      }
      if let text = try cookies.invitation(request)?.text {
        invitationsKept += 1
        #expect(text.wholeMatch(of: /c[a-z0-9]{24}\.[A-Za-z0-9_\-]{43}/) != nil, seed(header))
      }
      if let destination = cookies.destination(request) {
        kept += 1
        #expect(
          destination.wholeMatch(of: /\/settings\/[A-Za-z0-9\-._~\/?&=%]*/) != nil, seed(header))
      }
    }
    #expect(min(kept, tokensKept, invitationsKept) > 500)
  }

  @Test("Whatever the address that was asked for, it adds nothing to a cookie but itself")
  mutating func destinations() {
    var kept = 0
    for _ in 0..<10_000 {
      let target = generator.spoiled(destination(), 0...3, with: ";, =\r\n\0\"/\\")
      var response = Response(status: .ok)
      Cookies(isSecure: true).setDestination(target, on: &response)
      guard let cookie = response.headers[.setCookie] else { continue }
      kept += 1
      #expect(
        cookie
          == "__Host-tacohelp_destination=\(target); Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure",
        seed(target.debugDescription))
      #expect(cookie.count { $0 == ";" } == 5, seed(target.debugDescription))
    }
    #expect(kept > 500)
  }
}
