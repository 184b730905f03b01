import HTTPServer
import HTTPTypes
import Helpdesk

/// An endpoint's deliveries, and one of them with its request and all attempts.
struct DeliveryPages: Sendable {
  let log: DeliveryLog
  let endpoints: EndpointStore
  let pages: Pages

  var routes: [Route] {
    [
      Route(template: "/settings/webhooks/{id}/deliveries", get: list),
      Route(template: "/settings/webhooks/deliveries/{id}", get: show),
      Route(template: "/settings/webhooks/deliveries/{id}/redeliver", get: back, post: redeliver),
    ]
  }

  // MARK: The log

  @Sendable private func list(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let entry = try await visit.named(by: endpoints.find)
    let query = DeliveryQuery(visit.query)
    let page = try await log.list(
      entry.id, in: session.organization, query.filter, before: query.before)
    let path = "/settings/webhooks/\(entry.id)/deliveries"
    let isShort = page.next != nil && page.entries.count < DeliveryLog.length
    return try pages.page(
      "webhook-deliveries", title: "Deliveries", visit,
      [
        "id": entry.id.rawValue, "url": entry.url, "path": path,
        "filters": query.filters.map(\.values),
        "any": !page.entries.isEmpty, "isFiltered": query.isFiltered,
        "deliveries": page.entries.map(Self.row),
        "older": page.next.map { "\(path)?\(query.older($0))" },
        "looked": isShort ? DeliveryLog.reach.grouped : nil,
        "newest": query.before.map { _ in "\(path)?\(query.newest)" },
      ])
  }

  private static func row(_ entry: DeliveryLog.Entry) -> PageValues {
    [
      "id": entry.id.rawValue, "at": Pages.moment(entry.createdAt), "type": entry.type,
      "state": entry.state.rawValue, "attempts": entry.attempts,
      "last": outcome(entry.status, entry.error), "ticket": entry.ticket?.rawValue,
    ]
  }

  /// Most errors already name the status.
  private static func outcome(_ status: Int?, _ error: String?) -> String? {
    error ?? status.map { "the endpoint answered \($0)" }
  }

  // MARK: One delivery

  /// Limits how often the page reloads by itself to look for the outcome.
  private static let mostLooks = 10

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let detail = try await visit.named(by: log.find)
    let entry = detail.entry
    let isCut = detail.bodyLength > DeliveryLog.longestBody
    var values = Self.row(entry)
    values["event"] = detail.event.rawValue
    values["endpoint"] = detail.endpoint.rawValue
    values["url"] = detail.url
    values["words"] = Self.words(detail)
    values["next"] = detail.nextAttemptAt.map(Pages.moment)
    values["body"] = detail.body
    values["bodyLength"] = isCut ? detail.bodyLength.grouped : nil
    values["longestBody"] = DeliveryLog.longestBody.grouped
    values["mayRedeliver"] = session.mayChangeSettings && entry.state != .sending
    values["hasAttempts"] = !detail.attempts.isEmpty
    if detail.attempts.count == DeliveryLog.mostAttempts {
      values["cut"] = DeliveryLog.mostAttempts
    }
    values["tries"] = detail.attempts.map { attempt -> PageValues in
      [
        "number": attempt.number, "at": Pages.moment(attempt.startedAt),
        "milliseconds": attempt.milliseconds.grouped, "good": attempt.error == nil,
        "outcome": Self.outcome(attempt.status, attempt.error) ?? "",
        "response": attempt.response,
      ]
    }
    if entry.state == .pending || entry.state == .sending {
      let looks = Int(visit.query["look"]) ?? Self.mostLooks
      values["again"] =
        [
          "path": "\(Self.path(entry.id))?look=\(min(looks, Self.mostLooks) + 1)",
          "byItself": entry.attempts == 0 && (0..<Self.mostLooks).contains(looks),
        ] as PageValues
    }
    return try pages.page(
      "webhook-delivery", title: "Delivery of \(entry.type)", visit, values)
  }

  private static func path(_ delivery: DeliveryID) -> String {
    "/settings/webhooks/deliveries/\(delivery)"
  }

  private static func words(_ detail: DeliveryLog.Detail) -> String {
    let tries = detail.entry.attempts
    let count = tries == 1 ? "1 attempt" : "\(tries) attempts"
    switch detail.entry.state {
    case .succeeded: return "The endpoint took it."
    case .sending: return "It is being sent at this moment."
    case .pending: return tries == 0 ? "It is about to be sent." : "\(count) failed so far."
    case .failed:
      return
        "It failed for good after \(count). Fix the receiver, then send it again."
    case .held:
      return detail.endpointIsDisabled
        ? "It is held back: the endpoint is disabled. Enable it, and choose to send the deliveries that it missed."
        : "It has been held since the endpoint was disabled, and stays held until you send it again."
    }
  }

  @Sendable private func back(_ visit: Visit) async throws -> Response {
    pages.redirect(to: Self.path(try await visit.named(by: log.find).entry.id))
  }

  @Sendable private func redeliver(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let delivery = try await visit.named(by: log.find).entry.id
    let path = Self.path(delivery)
    do {
      try await endpoints.redeliver(delivery, by: session, from: visit.address)
      return pages.redirect(to: "\(path)?look=1", notice: .deliverySentAgain)
    } catch HelpdeskError.isBeingSent {
      throw PageFault(
        status: .conflict, title: "It is being sent at this moment",
        words: "Wait until the attempt ends, at most a minute, and look at its outcome.",
        way: (path, "To the delivery"))
    }
  }
}
