import Helpdesk

/// The words for an endpoint's state.
enum EndpointWords {
  /// The values for templates that show an endpoint.
  static func values(_ entry: Endpoint.Entry) -> PageValues {
    let failures = entry.disabled == nil ? entry.consecutiveFailures : 0
    let words = "\(failures) \(failures == 1 ? "failure" : "failures in a row")"
    return [
      "id": entry.id.rawValue, "url": entry.url, "events": entry.events,
      "created": Pages.time(entry.createdAt), "isDisabled": entry.disabled != nil,
      "badge": entry.disabled == nil ? "enabled" : "disabled",
      "allEvents": entry.events.count == Event.types.count,
      "disabled": entry.disabled.map { disabled -> PageValues in
        [
          "since": Pages.time(disabled.since), "reason": disabled.reason,
          "byBreaker": disabled.isByBreaker,
        ]
      },
      "failures": failures > 0 ? "\(words); 10 in a row disable it" : nil,
    ]
  }

  /// A number of deliveries, which are counted only up to a limit.
  static func count(_ count: Int) -> String {
    count < Endpoint.Counts.most ? count.grouped : "\(count.grouped) or more"
  }
}
