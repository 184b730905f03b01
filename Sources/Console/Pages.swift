import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore
import Postgres

/// Makes pages of templates: the frame around them, and the headers that each of them has.
struct Pages: Sendable {
  private let templates: Templates
  private let files: Files
  private let cookies: Cookies

  init(files: Files, cookies: Cookies) throws {
    templates = try Templates()
    self.files = files
    self.cookies = cookies
  }

  /// - Parameters:
  ///   - values: for the template
  ///   - summary: why a form was not accepted, its fields being marked
  ///   - fault: why it was not, its fields being right
  func page(
    _ template: String, title: String, _ visit: Visit?, _ values: [String: Any] = [:],
    summary: String? = nil, fault: PageFault? = nil
  ) throws -> Response {
    try respond(
      template, title: title, visit, values, summary: fault?.words ?? summary,
      status: fault?.status ?? (summary == nil ? .ok : .unprocessableContent),
      headers: fault?.headers ?? [:])
  }

  private func respond(
    _ template: String, title: String, _ visit: Visit?, _ values: [String: Any],
    summary: String? = nil, status: HTTPResponse.Status, headers: HTTPFields
  ) throws -> Response {
    var response = Self.response(
      try html(template, title: title, visit, values, summary: summary), status)
    for field in headers { response.headers[field.name] = field.value }
    if visit?.notice != nil { cookies.removeNotice(on: &response) }
    return response
  }

  static func response(_ html: String, _ status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/html; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
  }

  /// A template without the frame.
  func fragment(_ template: String, _ values: [String: Any]) throws -> String {
    try templates.render(template, values)
  }

  /// A whole page.
  /// - Parameter isDocs: it is the API page, wider than the others
  func html(
    _ template: String, title: String, _ visit: Visit?, _ values: [String: Any],
    summary: String? = nil, isDocs: Bool = false
  ) throws -> String {
    var values = values
    let csrf = try visit.map { try CrossSiteGuard.formToken($0.secret) } ?? ""
    values["csrf"] = csrf
    var frame: [String: Any] = [
      "title": title, "style": files.path("style.css"), "script": files.path("copy.js"),
      "icon": files.path("icon.svg"), "csrf": csrf, "main": try templates.render(template, values),
    ]
    frame["docs"] = isDocs
    if !isDocs { frame["notice"] = visit?.notice?.words }
    frame["summary"] = summary
    if let session = visit?.session {
      frame["session"] = [
        "organizationName": session.organizationName, "plan": session.plan.rawValue,
        "userName": session.userName, "role": session.role.rawValue,
      ]
      let path = visit?.request.uri.path ?? ""
      frame["nav"] = [
        ("/settings/api-keys", "API keys"), ("/settings/webhooks", "Webhooks"),
        ("/settings/people", "People"),
        ("/settings/audit", "Audit trail"), ("/settings/account", "Account"),
      ].map { href, label in
        var item = ["href": href, "label": label]
        if path == href {
          item["current"] = "page"
        } else if path.hasPrefix("\(href)/") {
          item["current"] = "true"
        }
        return item
      }
    }
    return try templates.render("layout", frame)
  }

  /// The page of a fault. Plain text if not even that can be made.
  func page(_ fault: PageFault, _ visit: Visit?, requestID: String) -> Response {
    var values: [String: Any] = [
      "words": fault.words, "way": ["href": fault.way.href, "label": fault.way.label],
    ]
    if fault.status.code >= 500 { values["requestID"] = requestID }
    do {
      return try respond(
        "message", title: fault.title, visit, values, status: fault.status, headers: fault.headers)
    } catch {
      var headers = fault.headers
      headers[.contentType] = "text/plain; charset=utf-8"
      return Response(
        status: fault.status, headers: headers,
        body: ResponseBody(byteBuffer: ByteBuffer(string: "\(fault.title)\n\(fault.words)\n")))
    }
  }

  /// On to another page, which is then opened by GET.
  /// - Parameter notice: what was done, for that page to tell
  func redirect(to path: String, notice: Notice? = nil) -> Response {
    var response = Response(status: .seeOther, headers: [.location: path])
    if let notice { cookies.set(notice, on: &response) }
    return response
  }

  /// Nothing is loaded from elsewhere, nothing runs in the page, nobody frames it or keeps a copy, unless
  /// the page says who may.
  func protect(_ response: inout Response) {
    response.headers[.contentSecurityPolicy] = """
      default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
      form-action 'self'; frame-ancestors 'none'; base-uri 'none'
      """
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.referrerPolicy] = "no-referrer"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    response.headers[.crossOriginOpenerPolicy] = "same-origin"
    if cookies.isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
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
