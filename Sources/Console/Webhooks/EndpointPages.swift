import HTTPServer
import HTTPTypes
import Helpdesk

/// The page of a webhook endpoint, and what can be done to it.
struct EndpointPages: Sendable {
  let endpoints: EndpointStore
  let pages: Pages

  var routes: [Route] {
    let path = "/settings/webhooks/{id}"
    return [
      Route(template: path, get: show),
      Route(template: "\(path)/enable", get: back, post: enable),
      Route(template: "\(path)/disable", get: confirmDisabling, post: disable),
      Route(template: "\(path)/delete", get: confirmDeletion, post: delete),
      Route(template: "\(path)/rotate", get: confirmRotation, post: rotate),
      Route(template: "\(path)/secret", get: back, post: showSecrets),
      Route(template: "\(path)/test", get: back, post: test),
      Route(template: "\(path)/redeliver", get: back, post: redeliverFailed),
    ]
  }

  // MARK: The page

  static let spans: [(hours: Int32, words: String)] = [
    (1, "the last hour"), (24, "the last day"), (168, "the last week"), (720, "the last 30 days"),
  ]

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let overview = try await visit.named(by: endpoints.overview)
    let (entry, counts) = (overview.entry, overview.counts)
    var values = EndpointWords.values(entry)
    values["isNew"] = entry.lastDelivery == nil && session.mayChangeSettings
    values["mayChange"] = session.mayChangeSettings
    values["mayEdit"] = session.mayChangeSettings && session.plan.includesAPI
    values["isReplaying"] = entry.isReplaying
    values["pending"] = EndpointWords.count(counts.pending)
    values["held"] = EndpointWords.count(counts.held)
    values["failed"] = EndpointWords.count(counts.failed)
    values["failedMeanwhile"] = EndpointWords.count(counts.failedMeanwhile)
    values["isByFailures"] = entry.disabled?.isByFailures
    values["hasMissed"] = counts.held + counts.failedMeanwhile > 0
    values["mayRedeliver"] = entry.disabled == nil && counts.held + counts.failed > 0
    values["chart"] = HourChart(overview.hours).values
    values["spans"] = Self.spans.map { ["hours": $0.hours, "words": $0.words] as PageValues }
    return try pages.page("webhook", title: "Webhook endpoint", visit, values)
  }

  /// Shows the endpoint if the answer to a form is reloaded, or somebody signs in in between.
  @Sendable private func back(_ visit: Visit) async throws -> Response {
    redirect(to: try await visit.named(by: endpoints.find).id)
  }

  private func redirect(to endpoint: EndpointID, notice: Notice? = nil) -> Response {
    pages.redirect(to: "/settings/webhooks/\(endpoint)", notice: notice)
  }

  /// The endpoint that the path names, for an admin of its organization.
  private func entry(_ visit: Visit) async throws -> (Session, Endpoint.Entry) {
    (try visit.admin(), try await visit.named(by: endpoints.find))
  }

  // MARK: Enabling and disabling

  @Sendable private func enable(_ visit: Visit) async throws -> Response {
    let (session, entry) = try await entry(visit)
    let replay = visit.form["replay"] == "yes"
    try await endpoints.enable(entry.id, replay: replay, by: session, from: visit.address)
    return redirect(to: entry.id, notice: replay ? .endpointReplayed : .endpointEnabled)
  }

  @Sendable private func confirmDisabling(_ visit: Visit) async throws -> Response {
    let (_, entry) = try await entry(visit)
    guard entry.disabled == nil else { return redirect(to: entry.id) }
    return try disablingPage(visit, entry)
  }

  private func disablingPage(_ visit: Visit, _ entry: Endpoint.Entry, fault: String? = nil) throws
    -> Response
  {
    var values = EndpointWords.values(entry)
    values["reason"] = visit.form["reason"]
    values["fault"] = fault
    return try pages.page(
      "webhook-disable", title: "Disable the endpoint?", visit, values,
      summary: fault == nil ? nil : "The endpoint is still enabled: see below.")
  }

  @Sendable private func disable(_ visit: Visit) async throws -> Response {
    let (session, entry) = try await entry(visit)
    let reason = visit.form["reason"].trimmingWhiteSpace()
    guard reason.unicodeScalars.count <= 200 else {
      return try disablingPage(visit, entry, fault: "Use at most 200 characters.")
    }
    let words = "\(session.userName) disabled it" + (reason.isEmpty ? "" : ": \(reason)")
    try await endpoints.disable(entry.id, reason: words, by: session, from: visit.address)
    return redirect(to: entry.id, notice: .endpointDisabled)
  }

  // MARK: Deleting

  @Sendable private func confirmDeletion(_ visit: Visit) async throws -> Response {
    _ = try visit.admin()
    let overview = try await visit.named(by: endpoints.overview)
    let waiting = overview.counts.pending + overview.counts.held
    var values = EndpointWords.values(overview.entry)
    if waiting > 0 {
      values["waiting"] =
        waiting == 1
        ? "1 delivery that waits is dropped."
        : "\(EndpointWords.count(waiting)) deliveries that wait are dropped."
    }
    return try pages.page("webhook-delete", title: "Delete the endpoint?", visit, values)
  }

  @Sendable private func delete(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    guard let id = EndpointID(visit.parameter) else { throw PageFault.notFound }
    try await endpoints.delete(id, by: session, from: visit.address)
    return pages.redirect(to: "/settings/webhooks", notice: .endpointDeleted)
  }

  // MARK: Secrets

  @Sendable private func confirmRotation(_ visit: Visit) async throws -> Response {
    let (session, entry) = try await entry(visit)
    var values = EndpointWords.values(entry)
    values["current"] = try await endpoints.currentSecret(of: entry.id, in: session.organization)
    return try pages.page("webhook-rotate", title: "Rotate the secret?", visit, values)
  }

  /// The form names the secret that it replaces. If it is sent again, that secret is no longer current
  /// and nothing changes.
  @Sendable private func rotate(_ visit: Visit) async throws -> Response {
    let (session, entry) = try await entry(visit)
    do {
      try await endpoints.rotateSecret(
        of: entry.id, current: visit.form["current"], by: session, from: visit.address)
    } catch HelpdeskError.limitReached {
      throw PageFault(
        status: .conflict, title: "Ten secrets sign already",
        words: """
          An endpoint has at most ten secrets at once. Nothing was changed. A rotated one ends after \
          24 hours: rotate again then.
          """, way: ("/settings/webhooks", "Back to the endpoints"))
    }
    return redirect(to: entry.id, notice: .secretRotated)
  }

  /// Shows the secrets in the answer to the form, so that they are in no URL.
  @Sendable private func showSecrets(_ visit: Visit) async throws -> Response {
    let (session, entry) = try await entry(visit)
    let secrets = try await endpoints.showSecrets(of: entry.id, by: session, from: visit.address)
    guard let current = secrets.first else { throw PageFault.adminsOnly }
    var values = EndpointWords.values(entry)
    values["secret"] = current.text
    values["since"] = Pages.time(current.createdAt)
    values["hasOld"] = secrets.count > 1
    values["old"] = secrets.dropFirst().map { secret in
      ["secret": secret.text, "until": secret.expiresAt.map(Pages.time) ?? [:]] as PageValues
    }
    return try pages.page("webhook-secret", title: "Signing secret", visit, values)
  }

  // MARK: Sending

  @Sendable private func test(_ visit: Visit) async throws -> Response {
    let (session, entry) = try await entry(visit)
    let delivery = try await endpoints.test(entry.id, by: session, from: visit.address)
    return pages.redirect(to: "/settings/webhooks/deliveries/\(delivery)?look=1")
  }

  @Sendable private func redeliverFailed(_ visit: Visit) async throws -> Response {
    let (session, entry) = try await entry(visit)
    guard let span = Self.spans.first(where: { "\($0.hours)" == visit.form["hours"] }) else {
      throw PageFault.noForm
    }
    do {
      try await endpoints.redeliverFailed(
        of: entry.id, hours: span.hours, by: session, from: visit.address)
    } catch HelpdeskError.unchanged {
      throw PageFault(
        status: .conflict, title: "The endpoint is disabled",
        words: "Nothing was sent. Enable it first; it can then be sent what it missed.",
        way: ("/settings/webhooks/\(entry.id)", "To the endpoint"))
    }
    return redirect(to: entry.id, notice: .failedSentAgain)
  }
}
