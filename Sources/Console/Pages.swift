import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore
import Postgres

/// Makes pages of templates: the frame around them, and the headers that each of them has.
struct Pages: Sendable {
  private let templates: Templates
  private let files: Files

  init(files: Files) throws {
    templates = try Templates()
    self.files = files
  }

  /// - Parameters:
  ///   - values: for the template
  ///   - notice: what was done
  ///   - summary: why it was not
  func page(
    _ template: String, title: String, _ visit: Visit?, _ values: [String: Any] = [:],
    status: HTTPResponse.Status = .ok, notice: String? = nil, summary: String? = nil
  ) throws -> Response {
    var values = values
    let csrf = try visit.map { try CrossSiteGuard.formToken($0.secret) } ?? ""
    values["csrf"] = csrf
    var frame: [String: Any] = [
      "title": title, "style": files.path("style.css"), "script": files.path("copy.js"),
      "icon": files.path("icon.svg"), "csrf": csrf, "main": try templates.render(template, values),
    ]
    frame["notice"] = notice
    frame["summary"] = summary
    if let session = visit?.session {
      frame["session"] = [
        "organizationName": session.organizationName, "plan": session.plan.rawValue,
        "userName": session.userName, "role": session.role.rawValue,
      ]
      let path = visit?.request.uri.path ?? ""
      frame["nav"] = [
        ("/settings/api-keys", "API keys"), ("/settings/webhooks", "Webhooks"),
        ("/settings/audit", "Audit trail"), ("/settings/account", "Account"),
      ].map { href, label in
        ["href": href, "label": label, "current": path.hasPrefix(href)] as [String: Any]
      }
    }
    return Response(
      status: status, headers: [.contentType: "text/html; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: try templates.render("layout", frame))))
  }

  /// The page of a fault. Plain text if not even that can be made.
  func page(_ fault: PageFault, _ visit: Visit?, requestID: String) -> Response {
    var values: [String: Any] = [
      "words": fault.words, "way": ["href": fault.way.href, "label": fault.way.label],
    ]
    if fault.status.code >= 500 { values["requestID"] = requestID }
    var response: Response
    do {
      response = try page("message", title: fault.title, visit, values, status: fault.status)
    } catch {
      response = Response(
        status: fault.status, headers: [.contentType: "text/plain; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: "\(fault.title)\n\(fault.words)\n")))
    }
    for field in fault.headers { response.headers[field.name] = field.value }
    return response
  }

  /// On to another page, which is then opened by GET.
  func redirect(to path: String) -> Response {
    Response(status: .seeOther, headers: [.location: path])
  }

  /// Nothing is loaded from elsewhere, nothing runs in the page, nobody frames it or keeps a copy.
  static func protect(_ response: inout Response) {
    response.headers[.contentSecurityPolicy] = """
      default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
      form-action 'self'; frame-ancestors 'none'; base-uri 'none'
      """
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.referrerPolicy] = "no-referrer"
    response.headers[.cacheControl] = "no-store"
    response.headers[.crossOriginOpenerPolicy] = "same-origin"
  }

  /// A moment, for the template `time`.
  static func time(_ timestamp: Timestamp) -> [String: String] { time(timestamp, digits: 5) }

  /// The same to the second.
  static func moment(_ timestamp: Timestamp) -> [String: String] { time(timestamp, digits: 8) }

  private static func time(_ timestamp: Timestamp, digits: Int) -> [String: String] {
    let text = timestamp.description
    return ["iso": text, "text": "\(text.prefix(10)) \(text.dropFirst(11).prefix(digits)) UTC"]
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
}
