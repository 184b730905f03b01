import Helpdesk
import Hummingbird
import Postgres

/// Settings → Audit trail.
struct AuditPages: Sendable {
  private let trail: AuditTrail
  private let pages: Pages

  private static let length = 50

  init(_ pool: PostgresPool, pages: Pages) {
    trail = AuditTrail(pool)
    self.pages = pages
  }

  var routes: [Route] { [Route(template: "/settings/audit", get: show)] }

  /// What people read for an action.
  private static let words = [
    "api_key.created": "created the API key", "api_key.revoked": "revoked the API key",
    "user.password_changed": "changed their password",
    "user.signed_out_everywhere": "signed out everywhere",
    "webhook.created": "registered the webhook endpoint",
    "webhook.updated": "changed the webhook endpoint",
    "webhook.enabled": "enabled the webhook endpoint",
    "webhook.disabled": "disabled the webhook endpoint",
    "webhook.deleted": "deleted the webhook endpoint",
    "webhook.secret_rotated": "rotated the secret of",
    "webhook.secret_shown": "looked at the secrets of",
    "webhook.tested": "sent a test event to",
    "webhook.redelivered": "sent deliveries again to",
  ]

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let before = visit.query["before"]
    // One more than is shown tells whether there are any.
    let events = try await trail.list(
      session.organization, before: before.isEmpty ? nil : before, limit: Self.length + 1)
    let shown = events.prefix(Self.length)
    var values: [String: Any] = [
      "any": !shown.isEmpty,
      "events": shown.map { event in
        var row: [String: Any] = [
          "actor": event.actorName, "did": Self.words[event.action] ?? event.action,
          "at": Pages.time(event.at),
        ]
        // Who does something to their own account is named already.
        if !event.action.hasPrefix("user.") || event.targetName != event.actorName {
          row["target"] = event.targetName
        }
        row["address"] = event.address
        return row
      },
    ]
    if events.count > shown.count, let last = shown.last {
      values["older"] = "/settings/audit?before=\(last.id)"
    }
    return try pages.page("audit", title: "Audit trail", visit, values)
  }
}
