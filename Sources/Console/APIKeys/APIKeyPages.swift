import Cryptography
import HTTPTypes
import Helpdesk
import Hummingbird
import Postgres

/// Settings → API keys.
struct APIKeyPages: Sendable {
  private let keys: APIKeyStore
  private let pages: Pages
  private let settings: ConsoleSettings

  init(_ pool: PostgresPool, pages: Pages, settings: ConsoleSettings) {
    keys = APIKeyStore(pool)
    self.pages = pages
    self.settings = settings
  }

  var routes: [Route] {
    [
      Route(template: "/settings/api-keys", get: show, post: create),
      Route(template: "/settings/api-keys/new", get: showForm),
      Route(template: "/settings/api-keys/{id}/revoke", get: confirm, post: revoke),
    ]
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let place = try place(visit.query)
    // One more than is shown tells whether there are any.
    let entries = try await keys.list(session.organization, after: place, limit: Self.length + 1)
    let shown = entries.prefix(Self.length)
    var values: [String: Any] = [
      "organizationName": session.organizationName, "free": !session.plan.includesAPI,
      "any": !shown.isEmpty || place != nil, "mayCreate": session.mayChangeSettings,
      "keys": shown.map { self.values($0, mayRevoke: session.mayChangeSettings) },
    ]
    if entries.count > shown.count, let last = shown.last {
      let name = last.state == .revoked ? "revoked-before" : "before"
      values["more"] = "/settings/api-keys?\(name)=\(last.id)"
    }
    if place != nil { values["first"] = "/settings/api-keys" }
    return try pages.page("api-keys", title: "API keys", visit, values)
  }

  private static let length = 50

  /// Where the page begins that the query asks for; nil: with the first key.
  private func place(_ query: Form) throws -> APIKeyStore.Place? {
    for (name, isRevoked) in [("before", false), ("revoked-before", true)] {
      let text = query[name]
      guard !text.isEmpty else { continue }
      guard let key = APIKeyID(text) else { throw PageFault.badAddress }
      return APIKeyStore.Place(after: key, isRevoked: isRevoked)
    }
    return nil
  }

  private func values(_ entry: APIKey.Entry, mayRevoke: Bool) -> [String: Any] {
    var values: [String: Any] = [
      "id": entry.id.rawValue, "name": entry.name, "prefix": entry.prefix, "scopes": entry.scopes,
      "creator": entry.creator ?? "an operator", "created": Pages.time(entry.createdAt),
      "rateLimit": entry.rateLimit, "used": entry.used, "state": entry.state.rawValue,
    ]
    values["lastUsed"] = entry.lastUsedAt.map(Pages.time)
    values["expires"] = entry.expiresAt.map(Pages.time)
    if mayRevoke, entry.state != .revoked {
      values["revoke"] = "/settings/api-keys/\(entry.id)/revoke"
    }
    return values
  }

  @Sendable private func showForm(_ visit: Visit) async throws -> Response {
    guard try visit.admin().plan.includesAPI else { throw PageFault.planRequired }
    let number = Base64URL.encode(try RandomBytes.generate(16))
    return try page(visit, APIKeyForm(submission: number))
  }

  private func page(_ visit: Visit, _ form: APIKeyForm) throws -> Response {
    try pages.page(
      "api-key-new", title: "Create an API key", visit, form.values,
      summary: form.isFaulty ? "The key is not made yet: see below." : nil)
  }

  /// Shows the key in the answer to the form itself, so that it stands in no URL and is kept nowhere.
  /// The form's number makes sure that the same form, sent again, makes no second key.
  @Sendable private func create(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    guard session.plan.includesAPI else { throw PageFault.planRequired }
    let form = APIKeyForm(visit.form)
    guard !form.isFaulty else { return try page(visit, form) }
    guard let draft = form.draft else { throw PageFault.noForm }
    let key: String
    do {
      key = try await keys.create(draft, by: session, from: visit.address)
    } catch HelpdeskError.doneBefore {
      throw PageFault.keyMadeBefore
    } catch HelpdeskError.notAllowed {
      throw PageFault.keysNotAllowed
    }
    var values = [
      "key": key,
      "origin": settings.origin(of: visit.request),
    ]
    values["path"] = Self.examples.first(where: { draft.scopes.contains($0.scope) })?.path
    return try pages.page(
      "api-key-made", title: "The key \(draft.name) is ready", visit, values)
  }

  /// What a key of this scope can be tried with.
  private static let examples: [(scope: String, path: String)] = [
    ("*", "tickets"), ("tickets:read", "tickets"), ("chat:read", "chat/conversations"),
  ]

  /// The key that the path names, if it is the organization's.
  private func entry(_ visit: Visit, _ session: Session) async throws -> APIKey.Entry {
    guard let id = APIKeyID(visit.parameter),
      let entry = try await keys.find(id, in: session.organization)
    else { throw PageFault.notFound }
    return entry
  }

  @Sendable private func confirm(_ visit: Visit) async throws -> Response {
    let entry = try await entry(visit, try visit.admin())
    guard entry.state != .revoked else { return pages.redirect(to: "/settings/api-keys") }
    return try pages.page(
      "api-key-revoke", title: "Revoke \(entry.name)?", visit, values(entry, mayRevoke: true))
  }

  @Sendable private func revoke(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let entry = try await entry(visit, session)
    do {
      try await keys.revoke(entry.id, by: session, from: visit.address)
    } catch HelpdeskError.unchanged {
      return pages.redirect(to: "/settings/api-keys")
    }
    return pages.redirect(to: "/settings/api-keys", notice: .keyRevoked)
  }
}

extension PageFault {
  fileprivate static let keyMadeBefore = PageFault(
    status: .conflict, title: "This key was made before",
    words: """
      It was shown then and cannot be shown again. If you did not copy it, revoke it and create \
      another.
      """, way: ("/settings/api-keys", "See the keys"))
  fileprivate static let keysNotAllowed = PageFault(
    status: .forbidden, title: "You may not make keys any more",
    words: "Your role or your organization's plan was changed just now. No key was made.",
    way: ("/settings/api-keys", "See the keys"))
}
