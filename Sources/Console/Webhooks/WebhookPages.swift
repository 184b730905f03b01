import HTTPServer
import HTTPTypes
import Helpdesk

/// Settings → Webhooks: the list, and the form that registers or changes an endpoint.
struct WebhookPages: Sendable {
  let endpoints: EndpointStore
  let pages: Pages
  let checkDestination: EndpointURLCheck

  var routes: [Route] {
    [
      Route(template: "/settings/webhooks", get: list, post: create),
      Route(template: "/settings/webhooks/new", get: showNew),
      Route(template: "/settings/webhooks/{id}/edit", get: showEdit, post: update),
    ]
  }

  @Sendable private func list(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let entries = try await endpoints.list(session.organization)
    return try pages.page(
      "webhooks", title: "Webhooks", visit,
      [
        "organizationName": session.organizationName, "free": !session.plan.includesAPI,
        "any": !entries.isEmpty, "mayCreate": session.mayChangeSettings,
        "endpoints": entries.map { entry in
          var values = EndpointWords.values(entry)
          values["lastDelivery"] = entry.lastDelivery.map { last -> PageValues in
            [
              "time": Pages.time(last.createdAt), "id": last.id.rawValue,
              "state": last.state.rawValue,
            ]
          }
          return values
        },
        "cut": entries.count == EndpointStore.most ? EndpointStore.most : nil,
      ])
  }

  /// The page with the form.
  private func page(
    _ visit: Visit, _ form: WebhookForm, changing id: EndpointID? = nil, summary: String? = nil
  ) throws -> Response {
    let path = id.map { "/settings/webhooks/\($0)" }
    var values = form.values
    values["action"] = path.map { "\($0)/edit" } ?? "/settings/webhooks"
    values["cancel"] = path ?? "/settings/webhooks"
    values["isNew"] = id == nil
    return try pages.page(
      "webhook-form", title: id == nil ? "Register an endpoint" : "Change the endpoint", visit,
      values, summary: form.isFaulty ? "Nothing is saved yet: see below." : summary)
  }

  /// The session of an admin whose plan includes webhooks. On other plans, admins can still manage
  /// existing endpoints.
  private func admin(_ visit: Visit) throws -> Session {
    let session = try visit.admin()
    guard session.plan.includesAPI else { throw PageFault.webhooksRequirePlan }
    return session
  }

  @Sendable private func showNew(_ visit: Visit) async throws -> Response {
    _ = try admin(visit)
    return try page(visit, WebhookForm(submission: try Form.newSubmission()))
  }

  @Sendable private func create(_ visit: Visit) async throws -> Response {
    let session = try admin(visit)
    var form = WebhookForm(visit.form)
    try await form.check(checkDestination)
    guard !form.isFaulty else { return try page(visit, form) }
    let draft = Endpoint.Draft(
      url: form.url, events: form.events, submission: try visit.form.submission)
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
    _ = try admin(visit)
    let entry = try await visit.named(by: endpoints.find)
    return try page(visit, WebhookForm(entry), changing: entry.id)
  }

  @Sendable private func update(_ visit: Visit) async throws -> Response {
    let session = try admin(visit)
    let entry = try await visit.named(by: endpoints.find)
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

extension PageFault {
  fileprivate static let webhooksRequirePlan = PageFault(
    status: .forbidden, title: "Webhooks come with Pro",
    words: "Your organization's plan has no webhooks. Nothing was changed.",
    way: ("/settings/webhooks", "See what Pro brings"))
}
