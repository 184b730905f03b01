import TestSupport

/// A person at a browser without scripts: keeps cookies, and fills in the forms of the current page.
struct Browser {
  static let password = "correct horse battery"
  /// The hash of that password; a test need not wait for it.
  static let passwordHash =
    "$scrypt$ln=15,r=8,p=1$wbhq0XTh8SfuccRDbf5lng$fygX61UQvuPHpBRnhWgLfBxfLkPaDvVNlJOPdx/bVyM"

  let client: APIClient
  /// The address that it claims to have; the servers under test believe a proxy on this machine.
  var address =
    "10.\(Int.random(in: 0...255)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
  var cookies: [String: String] = [:]
  /// The current page.
  private(set) var page: Answer?

  init(_ server: Server? = nil) throws { client = try (server ?? Stage.require().server).site }

  /// Opens a page without following redirects.
  @discardableResult
  mutating func open(_ path: String) async throws -> Answer {
    try await exchange("GET", path, [], nil)
  }

  /// Sends a form with the number that the current page has for it, or another.
  @discardableResult
  mutating func send(
    _ path: String, _ fields: [(String, String)] = [], number: String? = nil,
    headers: [(String, String)] = []
  ) async throws -> Answer {
    let number = number ?? page?.field("csrf") ?? ""
    let form = ([("csrf", number)] + fields).map { "\($0.0)=\($0.1.urlEncoded)" }
    return try await exchange(
      "POST", path, [("Content-Type", "application/x-www-form-urlencoded")] + headers,
      Array(form.joined(separator: "&").utf8))
  }

  @discardableResult
  mutating func signIn(_ email: String, password: String = Browser.password) async throws -> Answer
  {
    try await open("/sign-in")
    return try await send("/sign-in", [("email", email), ("password", password)])
  }

  /// Opens the form for something new in a section of the settings, and sends it.
  @discardableResult
  mutating func create(_ section: String, _ fields: [(String, String)]) async throws -> Answer {
    let form = try await open("/settings/\(section)/new")
    let submission = form.field("submission").map { [("submission", $0)] } ?? []
    return try await send("/settings/\(section)", submission + fields)
  }

  /// Opens a page and those that it redirects to.
  mutating func pages(from start: String, _ link: Regex<(Substring, Substring)>) async throws
    -> [Answer]
  {
    var pages = [try await open(start)]
    while let next = pages[pages.count - 1].body.firstMatch(of: link), pages.count < 9 {
      pages.append(try await open(String(next.1).replacing("&amp;", with: "&")))
    }
    return pages
  }

  private mutating func exchange(
    _ method: String, _ path: String, _ headers: [(String, String)], _ body: [UInt8]?
  ) async throws -> Answer {
    let cookie = cookies.map { "\($0)=\($1)" }.sorted().joined(separator: "; ")
    let answer = try await client.send(
      method, path,
      headers: [("Accept", "text/html"), ("X-Forwarded-For", address)]
        + (cookie.isEmpty ? [] : [("Cookie", cookie)]) + headers, body: body)
    for set in answer.headers("Set-Cookie") {
      let pair = set.prefix { $0 != ";" }.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      cookies[String(pair[0])] = set.contains("Max-Age=0") ? nil : String(pair[1])
    }
    if answer.body.contains("name=\"csrf\"") { page = answer }
    return answer
  }
}

extension Answer {
  /// The value of the first field of this name.
  func field(_ name: String) -> String? {
    guard let start = body.firstRange(of: "name=\"\(name)\" value=\"") else { return nil }
    return String(body[start.upperBound...].prefix { $0 != "\"" })
  }

  var location: String? { header("Location") }

  /// The API key that the page shows.
  var key: String? {
    body.firstMatch(of: /<code id="key">(th_[A-Za-z0-9_-]{43})</).map { String($0.1) }
  }
}

extension String {
  fileprivate var urlEncoded: String {
    utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain = scalar.properties.isAlphabetic && byte < 128 || (48...57).contains(byte)
      return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}

extension Tenant {
  /// Gives a user a password, and an address that no other organization has unless told otherwise.
  /// - Returns: the address.
  @discardableResult
  func canSignIn(_ user: String, as email: String? = nil) async throws -> String {
    try await stage.sql.run(
      """
      update helpdesk.users
         set email = '\(email ?? "\(user)@staff.example")', password_hash = '\(Browser.passwordHash)'
       where org_id = '\(id)' and id = '\(user)' returning email
      """)
  }

  /// A browser with this user signed in.
  func browser(_ user: String, on server: Server? = nil) async throws -> Browser {
    var browser = try Browser(server ?? stage.server)
    let answer = try await browser.signIn(try await canSignIn(user))
    guard answer.location == "/settings/api-keys" else { throw TestError("\(answer)") }
    return browser
  }
}
