import HTTPTypes
import Helpdesk
import Hummingbird
import Postgres

/// An endpoint's deliveries, and one of them with its request and every attempt.
struct DeliveryPages: Sendable {
  private let log: DeliveryLog
  private let endpoints: EndpointStore
  private let pages: Pages

  init(_ pool: PostgresPool, _ endpoints: EndpointStore, pages: Pages) {
    log = DeliveryLog(pool)
    self.endpoints = endpoints
    self.pages = pages
  }

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
    let entry = try await endpoints.entry(visit, session)
    let query = DeliveryQuery(visit.query)
    let page = try await log.list(
      entry.id, in: session.organization, query.filter, before: query.before)
    let path = "/settings/webhooks/\(entry.id)/deliveries"
    var values: [String: Any] = [
      "id": entry.id.rawValue, "url": entry.url, "path": path, "choices": query.choices,
      "any": !page.entries.isEmpty, "isFiltered": query.isFiltered,
      "deliveries": page.entries.map(Self.row),
    ]
    if let next = page.next {
      values["older"] = "\(path)?\(query.older(next))"
      if page.entries.count < DeliveryLog.length {
        values["looked"] = EndpointWords.count(DeliveryLog.reach, most: .max)
      }
    }
    if query.before != nil { values["newest"] = "\(path)?\(query.newest)" }
    return try pages.page("webhook-deliveries", title: "Deliveries", visit, values)
  }

  private static func row(_ entry: DeliveryLog.Entry) -> [String: Any] {
    var values: [String: Any] = [
      "id": entry.id.rawValue, "at": Pages.moment(entry.createdAt), "type": entry.type,
      "state": entry.state.rawValue, "attempts": entry.attempts,
    ]
    values["last"] = outcome(entry.status, entry.error)
    values["ticket"] = entry.ticket?.rawValue
    return values
  }

  /// Most errors name the status already.
  private static func outcome(_ status: Int?, _ error: String?) -> String? {
    error ?? status.map { "the endpoint answered \($0)" }
  }

  // MARK: One delivery

  /// As often as a script looks again for the outcome by itself.
  private static let mostLooks = 10

  private func detail(_ visit: Visit, _ session: Session) async throws -> DeliveryLog.Detail {
    guard let id = DeliveryID(visit.parameter),
      let detail = try await log.find(id, in: session.organization)
    else { throw PageFault.notFound }
    return detail
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let detail = try await detail(visit, session)
    let entry = detail.entry
    var values = Self.row(entry)
    values["event"] = detail.event.rawValue
    values["endpoint"] = detail.endpoint.rawValue
    values["url"] = detail.url
    values["words"] = Self.words(detail)
    values["next"] = detail.nextAttemptAt.map(Pages.moment)
    values["body"] = detail.body
    if detail.bodyLength > DeliveryLog.longestBody {
      values["bodyLength"] = EndpointWords.count(detail.bodyLength, most: .max)
      values["longestBody"] = EndpointWords.count(DeliveryLog.longestBody, most: .max)
    }
    values["mayRedeliver"] = session.mayChangeSettings && entry.state != .sending
    values["hasAttempts"] = !detail.attempts.isEmpty
    if detail.attempts.count == DeliveryLog.mostAttempts {
      values["cut"] = DeliveryLog.mostAttempts
    }
    values["tries"] = detail.attempts.map { attempt in
      var values: [String: Any] = [
        "number": attempt.number, "at": Pages.moment(attempt.startedAt),
        "milliseconds": EndpointWords.count(attempt.milliseconds, most: .max),
        "outcome": Self.outcome(attempt.status, attempt.error) ?? "",
        "good": attempt.error == nil,
      ]
      values["response"] = attempt.response
      return values
    }
    if entry.state == .pending || entry.state == .sending {
      let looks = Int(visit.query["look"]) ?? Self.mostLooks
      values["again"] =
        [
          "path":
            "/settings/webhooks/deliveries/\(entry.id)?look=\(min(looks, Self.mostLooks) + 1)",
          "byItself": entry.attempts == 0 && (0..<Self.mostLooks).contains(looks),
        ] as [String: Any]
    }
    return try pages.page(
      "webhook-delivery", title: "Delivery of \(entry.type)", visit, values)
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
        "It failed for good after \(count). Put right what went wrong, then send it again."
    case .held:
      return detail.endpointIsDisabled
        ? "It is held back: the endpoint is disabled. Enable it and choose to send what it missed."
        : "It is held back since the endpoint was disabled. Send it again, or it stays."
    }
  }

  @Sendable private func back(_ visit: Visit) async throws -> Response {
    let detail = try await detail(visit, try visit.signedIn())
    return pages.redirect(to: "/settings/webhooks/deliveries/\(detail.entry.id)")
  }

  @Sendable private func redeliver(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let detail = try await detail(visit, session)
    let path = "/settings/webhooks/deliveries/\(detail.entry.id)"
    do {
      try await endpoints.redeliver(detail.entry.id, by: session, from: visit.address)
      return pages.redirect(to: "\(path)?look=1", notice: .deliverySentAgain)
    } catch HelpdeskError.isBeingSent {
      throw PageFault(
        status: .conflict, title: "It is being sent at this moment",
        words: "Wait until the attempt ends, at most a minute, and look at what came of it.",
        way: (path, "To the delivery"))
    }
  }
}
