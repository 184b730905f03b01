import HTTPServer
import Helpdesk

/// Settings → Audit trail.
struct AuditPages: Sendable {
  let trail: AuditTrail
  let people: PersonStore
  let pages: Pages

  private static let path = "/settings/audit"
  /// Limits the people to choose from.
  private static let mostPeople = 200
  /// Stands in the query for people who used `psql` or `tacohelp`.
  fileprivate static let anOperator = "operator"

  var routes: [Route] { [Route(template: Self.path, get: show)] }

  /// The words for each action.
  private static let words = [
    "api_key.created": "created the API key", "api_key.revoked": "revoked the API key",
    "organization.created": "created the organization",
    "organization.plan_changed": "changed the plan to",
    "ticket.deleted": "deleted the ticket",
    "user.access_removed": "removed the access of", "user.created": "created the user",
    "user.erased": "erased the name and address of",
    "user.invitation_withdrawn": "withdrew the link of", "user.invited": "invited",
    "user.joined": "joined", "user.link_made": "made a link to set a password for",
    "user.merged": "merged two users with the same e-mail address:",
    "user.password_changed": "changed their password",
    "user.role_changed": "changed the role of", "user.sessions_ended": "ended the sessions of",
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
  /// The word before an event's detail, by action; "as" for all other actions.
  private static let joins = ["user.role_changed": "to", "user.merged": "and"]
  /// Actions whose target is the actor, who is already named.
  private static let ownActions: Set = [
    "user.joined", "user.password_changed", "user.signed_out_everywhere",
  ]
  private static let actions = words.sorted { ($0.value, $0.key) < ($1.value, $1.key) }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let before = visit.query["before"]
    let filter = Self.filter(visit.query)
    let (shown, last) = Pages.shown(
      try await trail.list(
        session.organization, filter, before: before.isEmpty ? nil : before,
        limit: Pages.listLength + 1))
    var values = try await choices(session.organization, filter)
    values["any"] = !shown.isEmpty
    values["isFiltered"] = filter != AuditTrail.Filter()
    values["events"] = shown.map(Self.row)
    let query: [(String, String?)] = [
      ("action", filter.action), ("person", filter.person), ("before", last.map { "\($0.id)" }),
    ]
    let fields = query.compactMap { name, value in value.map { "\(name)=\($0)" } }
    values["older"] = last.map { _ in "\(Self.path)?\(fields.joined(separator: "&"))" }
    return try pages.page("audit", title: "Audit trail", visit, values)
  }

  private static func row(_ event: AuditEvent) -> PageValues {
    [
      "actor": event.actorName, "did": words[event.action] ?? event.action,
      "at": Pages.time(event.at), "address": event.address,
      "target": ownActions.contains(event.action) ? nil : event.targetName,
      "detail": event.detail.map { "\(joins[event.action] ?? "as") \($0)" },
    ]
  }

  /// Ignores values that are not among the choices.
  private static func filter(_ query: Form) -> AuditTrail.Filter {
    let (action, person) = (query["action"], query["person"])
    return AuditTrail.Filter(
      action: words[action] == nil ? nil : action,
      actor: person == anOperator ? .anOperator : UserID(person).map { .person($0) })
  }

  /// The people to choose from, including the one that is chosen.
  private func choices(_ organization: OrganizationID, _ filter: AuditTrail.Filter) async throws
    -> PageValues
  {
    let listed = try await people.list(organization, limit: Self.mostPeople + 1)
    var choices = listed.prefix(Self.mostPeople).map { ($0.id.rawValue, $0.name) }
    if case .person(let id) = filter.actor, !choices.contains(where: { $0.0 == id.rawValue }),
      let person = try await people.find(id, in: organization)
    {
      choices.append((id.rawValue, person.name))
    }
    choices = [("", "Everybody")] + choices + [(Self.anOperator, "An operator")]
    let actions = [("", "Everything")] + Self.actions.map { ($0.key, $0.value) }
    return [
      "filters": [
        Filter(name: "action", label: "What", options: actions, chosen: filter.action),
        Filter(name: "person", label: "Who", options: choices, chosen: filter.person),
      ].map(\.values),
      "manyPeople": listed.count > Self.mostPeople ? Self.mostPeople : nil,
    ]
  }
}

extension AuditTrail.Filter {
  /// The actor in the form of the page's query.
  fileprivate var person: String? {
    switch actor {
    case .person(let id): id.rawValue
    case .anOperator: AuditPages.anOperator
    case nil: nil
    }
  }
}
