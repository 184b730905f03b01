import HTTPServer
import HTTPTypes
import Helpdesk
import Postgres

/// Makes pages from templates: the frame around them, and the headers that they all have.
struct Pages: Sendable {
  private let templates: Templates
  private let files: Files
  private let cookies: Cookies
  private let publicURL: PublicURL?

  init(files: Files, cookies: Cookies, publicURL: PublicURL?) throws {
    templates = try Templates()
    self.files = files
    self.cookies = cookies
    self.publicURL = publicURL
  }

  /// The server's address as the request's sender sees it, such as `http://127.0.0.1:8080`: the
  /// operator's setting, otherwise the one that the request was sent to, otherwise the default.
  func origin(of request: Request) -> String {
    let asked = request.head.authority.flatMap { PublicURL("http://\($0)") }
    return (publicURL ?? asked)?.origin ?? Description.exampleOrigin
  }

  /// - Parameters:
  ///   - values: the values for the template
  ///   - summary: says that a form was not accepted; its fields are marked
  ///   - fault: the reason why a form was not accepted although its fields are right
  func page(
    _ template: String, title: String, _ visit: Visit?, _ values: PageValues = [:],
    summary: String? = nil, fault: PageFault? = nil
  ) throws -> Response {
    var response = Self.response(
      try html(template, title: title, visit, values, summary: fault?.words ?? summary),
      fault?.status ?? (summary == nil ? .ok : .unprocessableContent))
    for field in fault?.headers ?? [:] { response.headers[field.name] = field.value }
    if visit?.notice != nil { cookies.remove(.notice, on: &response) }
    return response
  }

  static func response(_ html: String, _ status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/html; charset=utf-8"], body: html)
  }

  /// A template without the frame.
  func fragment(_ template: String, _ values: PageValues) throws -> String {
    try templates.render(template, values)
  }

  /// A whole page.
  /// - Parameter isDocs: true for the API page, which is wider than the others
  func html(
    _ template: String, title: String, _ visit: Visit?, _ values: PageValues,
    summary: String? = nil, isDocs: Bool = false
  ) throws -> String {
    let csrf = try visit.map { try CrossSiteGuard.formToken($0.secret) } ?? ""
    var values = values
    values["csrf"] = csrf
    let frame: PageValues = [
      "title": title, "style": files.path("style.css"), "script": files.path("copy.js"),
      "icon": files.path("icon.svg"), "csrf": csrf, "main": try templates.render(template, values),
      "docs": isDocs, "notice": isDocs ? nil : visit?.notice?.words, "summary": summary,
      "session": visit?.session.map { session in
        [
          "organizationName": session.organizationName, "plan": session.plan.rawValue,
          "userName": session.userName, "role": session.role.rawValue,
        ]
      },
      "nav": Self.navigation(from: visit?.request.path ?? ""),
    ]
    return try templates.render("layout", frame)
  }

  private static func navigation(from path: String) -> [PageValues] {
    [
      ("/settings/api-keys", "API keys"), ("/settings/webhooks", "Webhooks"),
      ("/settings/people", "People"), ("/settings/audit", "Audit trail"),
      ("/settings/account", "Account"),
    ].map { href, label in
      let current = path == href ? "page" : path.hasPrefix("\(href)/") ? "true" : nil
      return ["href": href, "label": label, "current": current]
    }
  }

  /// The page for a fault. Plain text if even that cannot be made.
  func page(_ fault: PageFault, _ visit: Visit?, requestID: String) -> Response {
    let values: PageValues = [
      "words": fault.words, "way": ["href": fault.way.href, "label": fault.way.label],
      "requestID": fault.status.code >= 500 ? requestID : nil,
    ]
    var response: Response
    do {
      response = Self.response(try html("message", title: fault.title, visit, values), fault.status)
    } catch {
      response = Self.response("\(fault.title)\n\(fault.words)\n", fault.status)
      response.headers[.contentType] = "text/plain; charset=utf-8"
    }
    for field in fault.headers { response.headers[field.name] = field.value }
    if visit?.notice != nil { cookies.remove(.notice, on: &response) }
    return response
  }

  /// Redirects the browser to another page, with GET.
  /// - Parameter notice: what was done, to be shown on that page
  func redirect(to path: String, notice: Notice? = nil) -> Response {
    var response = Response(status: .seeOther, headers: [.location: path])
    if let notice { cookies.set(notice, on: &response) }
    return response
  }

  /// Sets the headers that keep a page from loading anything from elsewhere, from running scripts in it,
  /// from being framed and, unless specified otherwise, from being stored.
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

  /// The number of entries that a list shows. Stores are asked for one more, to know if more follow.
  static let listLength = 50

  /// The entries to show, and the last of them if more follow.
  static func shown<Entry>(_ found: [Entry]) -> (entries: ArraySlice<Entry>, lastOfMany: Entry?) {
    let shown = found.prefix(listLength)
    return (shown, found.count > shown.count ? shown.last : nil)
  }

  /// A time to the minute, for the template `time`.
  static func time(_ timestamp: Timestamp) -> [String: String] { time(timestamp, digits: 5) }

  /// A time to the second.
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
