import Helpdesk
import Hummingbird
import Postgres

/// Settings → Audit trail.
struct AuditPages: Sendable {
  private let trail: AuditTrail
  private let people: PersonStore
  private let pages: Pages

  private static let path = "/settings/audit"
  private static let length = 50
  /// How many people can be chosen from.
  private static let mostPeople = 200
  /// In the query, whoever used `psql` or `tacohelp`.
  fileprivate static let anOperator = "operator"

  init(_ pool: PostgresPool, pages: Pages) {
    trail = AuditTrail(pool)
    people = PersonStore(pool)
    self.pages = pages
  }

  var routes: [Route] { [Route(template: Self.path, get: show)] }

  /// What people read for an action.
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
  /// The word before an event's detail, by action; "as" for all others.
  private static let joins = ["user.role_changed": "to", "user.merged": "and"]
  /// What people do to themselves alone, so that they are named already.
  private static let ownActions: Set = [
    "user.joined", "user.password_changed", "user.signed_out_everywhere",
  ]
  private static let actions = words.sorted { ($0.value, $0.key) < ($1.value, $1.key) }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let (query, before) = (visit.query, visit.query["before"])
    let filter = Self.filter(query)
    // One more than is shown tells whether there are any.
    let events = try await trail.list(
      session.organization, filter, before: before.isEmpty ? nil : before, limit: Self.length + 1)
    let shown = events.prefix(Self.length)
    var values = try await choices(session.organization, filter)
    values["any"] = !shown.isEmpty
    values["isFiltered"] = filter != AuditTrail.Filter()
    values["events"] = shown.map(Self.row)
    if events.count > shown.count, let last = shown.last {
      let fields =
        filter.fields.map { "\($0.name)=\($0.value)" } + ["before=\(last.id)"]
      values["older"] = "\(Self.path)?\(fields.joined(separator: "&"))"
    }
    return try pages.page("audit", title: "Audit trail", visit, values)
  }

  private static func row(_ event: AuditEvent) -> [String: Any] {
    var row: [String: Any] = [
      "actor": event.actorName, "did": words[event.action] ?? event.action,
      "at": Pages.time(event.at),
    ]
    if !ownActions.contains(event.action) { row["target"] = event.targetName }
    row["detail"] = event.detail.map { "\(joins[event.action] ?? "as") \($0)" }
    row["address"] = event.address
    return row
  }

  /// What cannot be chosen filters nothing.
  private static func filter(_ query: Form) -> AuditTrail.Filter {
    let (action, person) = (query["action"], query["person"])
    return AuditTrail.Filter(
      action: words[action] == nil ? nil : action,
      actor: person == anOperator ? .anOperator : UserID(person).map { .person($0) })
  }

  private func choices(_ organization: OrganizationID, _ filter: AuditTrail.Filter) async throws
    -> [String: Any]
  {
    let listed = try await people.list(organization, limit: Self.mostPeople + 1)
    var choices = listed.prefix(Self.mostPeople).map { ($0.id.rawValue, $0.name) }
    if case .person(let id) = filter.actor, !choices.contains(where: { $0.0 == id.rawValue }),
      let person = try await people.find(id, in: organization)
    {
      choices.append((id.rawValue, person.name))
    }
    choices.append((Self.anOperator, "An operator"))
    func options(_ options: [(String, String)], _ name: String) -> [[String: Any]] {
      let chosen = filter.fields.first { $0.name == name }?.value
      return options.map { ["value": $0.0, "label": $0.1, "chosen": $0.0 == chosen] }
    }
    var values: [String: Any] = [
      "actions": options(Self.actions.map { ($0.key, $0.value) }, "action"),
      "people": options(choices, "person"),
    ]
    if listed.count > Self.mostPeople { values["manyPeople"] = Self.mostPeople }
    return values
  }
}

extension AuditTrail.Filter {
  /// As the query of the page has it.
  fileprivate var fields: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    if let action { fields.append(("action", action)) }
    switch actor {
    case .person(let id): fields.append(("person", id.rawValue))
    case .anOperator: fields.append(("person", AuditPages.anOperator))
    case nil: break
    }
    return fields
  }
}
