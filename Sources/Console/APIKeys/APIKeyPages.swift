import HTTPServer
import HTTPTypes
import Helpdesk

/// Settings → API keys.
struct APIKeyPages: Sendable {
  let keys: APIKeyStore
  let pages: Pages

  private static let path = "/settings/api-keys"

  var routes: [Route] {
    [
      Route(template: Self.path, get: list, post: create),
      Route(template: "\(Self.path)/new", get: showForm),
      Route(template: "\(Self.path)/{id}/revoke", get: confirm, post: revoke),
    ]
  }

  @Sendable private func list(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let start = try start(visit.query)
    let (shown, last) = Pages.shown(
      try await keys.list(session.organization, after: start, limit: Pages.listLength + 1))
    return try pages.page(
      "api-keys", title: "API keys", visit,
      [
        "organizationName": session.organizationName, "free": !session.plan.includesAPI,
        "any": !shown.isEmpty || start != nil, "mayCreate": session.mayChangeSettings,
        "keys": shown.map { values($0, mayRevoke: session.mayChangeSettings) },
        "more": last.map {
          "\(Self.path)?\($0.state == .revoked ? "revoked-before" : "before")=\($0.id)"
        },
        "first": start.map { _ in Self.path },
      ])
  }

  /// The position in the list from the query; nil for the start.
  private func start(_ query: Form) throws -> APIKeyStore.Cursor? {
    for (name, isRevoked) in [("before", false), ("revoked-before", true)] {
      let text = query[name]
      guard !text.isEmpty else { continue }
      guard let key = APIKeyID(text) else { throw PageFault.badAddress }
      return APIKeyStore.Cursor(after: key, isRevoked: isRevoked)
    }
    return nil
  }

  private func values(_ entry: APIKey.Entry, mayRevoke: Bool = true) -> PageValues {
    [
      "id": entry.id.rawValue, "name": entry.name, "prefix": entry.prefix, "scopes": entry.scopes,
      "creator": entry.creator ?? "an operator", "created": Pages.time(entry.createdAt),
      "rateLimit": entry.rateLimit, "used": entry.used, "state": entry.state.rawValue,
      "lastUsed": entry.lastUsedAt.map(Pages.time), "expires": entry.expiresAt.map(Pages.time),
      "revoke": mayRevoke && entry.state != .revoked ? "\(Self.path)/\(entry.id)/revoke" : nil,
    ]
  }

  @Sendable private func showForm(_ visit: Visit) async throws -> Response {
    guard try visit.admin().plan.includesAPI else { throw PageFault.planRequired }
    return try page(visit, APIKeyForm(submission: try Form.newSubmission()))
  }

  private func page(_ visit: Visit, _ form: APIKeyForm) throws -> Response {
    try pages.page(
      "api-key-new", title: "Create an API key", visit, form.values,
      summary: form.isFaulty ? "The key is not made yet: see below." : nil)
  }

  /// Shows the key in the answer to the form, so that it is in no URL and kept nowhere. A form that is
  /// sent again creates no second key: `submission` is the same.
  @Sendable private func create(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    guard session.plan.includesAPI else { throw PageFault.planRequired }
    let form = APIKeyForm(visit.form)
    if form.isFaulty { return try page(visit, form) }
    guard let draft = form.draft(try visit.form.submission) else { return try page(visit, form) }
    let key: String
    do {
      key = try await keys.create(draft, by: session, from: visit.address)
    } catch HelpdeskError.doneBefore {
      throw PageFault.keyMadeBefore
    } catch HelpdeskError.notAllowed {
      throw PageFault.keysNotAllowed
    }
    return try pages.page(
      "api-key-made", title: "The key \(draft.name) is ready", visit,
      [
        "key": key, "origin": pages.origin(of: visit.request),
        "path": Self.examples.first { draft.scopes.contains($0.scope) }?.path,
      ])
  }

  /// A path to try a key with each scope.
  private static let examples: [(scope: String, path: String)] = [
    ("*", "tickets"), ("tickets:read", "tickets"), ("chat:read", "chat/conversations"),
  ]

  @Sendable private func confirm(_ visit: Visit) async throws -> Response {
    _ = try visit.admin()
    let entry = try await visit.named(by: keys.find)
    guard entry.state != .revoked else { return pages.redirect(to: Self.path) }
    return try pages.page(
      "api-key-revoke", title: "Revoke \(entry.name)?", visit, values(entry))
  }

  @Sendable private func revoke(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let entry = try await visit.named(by: keys.find)
    do {
      try await keys.revoke(entry.id, by: session, from: visit.address)
    } catch HelpdeskError.unchanged {
      return pages.redirect(to: Self.path)
    }
    return pages.redirect(to: Self.path, notice: .keyRevoked)
  }
}

extension PageFault {
  fileprivate static let planRequired = PageFault(
    status: .forbidden, title: "The API comes with Pro",
    words: "Your organization's plan has no API, so a key would be refused. None was made.",
    way: ("/settings/api-keys", "See what Pro brings"))
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
