import Cryptography
import HTTPTypes
import Helpdesk
import Hummingbird

/// Settings → Webhooks: the list, and the form that registers or changes an endpoint.
struct WebhookPages: Sendable {
  private let endpoints: EndpointStore
  private let pages: Pages
  private let checkDestination: EndpointURLCheck

  init(_ endpoints: EndpointStore, pages: Pages, checkDestination: @escaping EndpointURLCheck) {
    self.endpoints = endpoints
    self.pages = pages
    self.checkDestination = checkDestination
  }

  var routes: [Route] {
    [
      Route(template: "/settings/webhooks", get: show, post: create),
      Route(template: "/settings/webhooks/new", get: showNew),
      Route(template: "/settings/webhooks/{id}/edit", get: showEdit, post: update),
    ]
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let entries = try await endpoints.list(session.organization)
    var values: [String: Any] = [
      "organizationName": session.organizationName, "free": !session.plan.includesAPI,
      "any": !entries.isEmpty, "mayCreate": session.mayChangeSettings,
      "endpoints": entries.map { entry in
        var values = EndpointWords.values(entry)
        values["lastDelivery"] = entry.lastDelivery.map { last in
          [
            "time": Pages.time(last.createdAt), "id": last.id.rawValue,
            "state": last.state.rawValue,
          ]
            as [String: Any]
        }
        return values
      },
    ]
    if entries.count == EndpointStore.most { values["cut"] = EndpointStore.most }
    return try pages.page("webhooks", title: "Webhooks", visit, values)
  }

  /// The form's page. Registering and changing are part of the plan; looking after what is there is not.
  private func page(
    _ visit: Visit, _ form: WebhookForm, changing id: EndpointID? = nil, summary: String? = nil
  ) throws -> Response {
    var values = form.values
    values["action"] = id.map { "/settings/webhooks/\($0)/edit" } ?? "/settings/webhooks"
    values["cancel"] = id.map { "/settings/webhooks/\($0)" } ?? "/settings/webhooks"
    values["isNew"] = id == nil
    return try pages.page(
      "webhook-form", title: id == nil ? "Register an endpoint" : "Change the endpoint", visit,
      values, summary: form.isFaulty ? "Nothing is saved yet: see below." : summary)
  }

  private func admin(_ visit: Visit) throws -> Session {
    let session = try visit.admin()
    guard session.plan.includesAPI else { throw PageFault.webhooksRequirePlan }
    return session
  }

  @Sendable private func showNew(_ visit: Visit) async throws -> Response {
    _ = try admin(visit)
    let number = Base64URL.encode(try RandomBytes.generate(16))
    return try page(visit, WebhookForm(submission: number))
  }

  @Sendable private func create(_ visit: Visit) async throws -> Response {
    let session = try admin(visit)
    var form = WebhookForm(visit.form)
    try await form.check(checkDestination)
    guard !form.isFaulty else { return try page(visit, form) }
    guard let draft = form.draft else { throw PageFault.noForm }
    do {
      let id = try await endpoints.create(draft, by: session, from: visit.address)
      return pages.redirect(to: "/settings/webhooks/\(id)", notice: .endpointRegistered)
    } catch HelpdeskError.invalid(_, let message) {
      form.refuseURL(message)
      return try page(visit, form)
    } catch HelpdeskError.limitReached {
      return try page(
        visit, form,
        summary: """
          Nothing is saved: an organization has at most 50 endpoints, disabled ones included. \
          Delete one that is no longer needed, then send this form again.
          """)
    }
  }

  @Sendable private func showEdit(_ visit: Visit) async throws -> Response {
    let session = try admin(visit)
    let entry = try await endpoints.entry(visit, session)
    return try page(visit, WebhookForm(entry), changing: entry.id)
  }

  @Sendable private func update(_ visit: Visit) async throws -> Response {
    let session = try admin(visit)
    let entry = try await endpoints.entry(visit, session)
    var form = WebhookForm(visit.form)
    try await form.check(checkDestination)
    guard !form.isFaulty else { return try page(visit, form, changing: entry.id) }
    do {
      try await endpoints.update(
        entry.id, url: form.url, events: form.events, by: session, from: visit.address)
      return pages.redirect(to: "/settings/webhooks/\(entry.id)", notice: .endpointChanged)
    } catch HelpdeskError.invalid(_, let message) {
      form.refuseURL(message)
      return try page(visit, form, changing: entry.id)
    }
  }
}

extension EndpointStore {
  /// The endpoint that the path names, if it is the organization's.
  func entry(_ visit: Visit, _ session: Session) async throws -> Endpoint.Entry {
    guard let id = EndpointID(visit.parameter),
      let entry = try await find(id, in: session.organization)
    else { throw PageFault.notFound }
    return entry
  }
}

extension PageFault {
  fileprivate static let webhooksRequirePlan = PageFault(
    status: .forbidden, title: "Webhooks come with Pro",
    words: "Your organization's plan has no webhooks. Nothing was changed.",
    way: ("/settings/webhooks", "See what Pro brings"))
}
