import Helpdesk
import Postgres

/// What people read of an endpoint's state.
enum EndpointWords {
  /// For templates: `id`, `url`, `events`, `badge`, `isDisabled`, `state` in words, since when and why
  /// it is disabled, and what to do.
  static func values(_ entry: Endpoint.Entry) -> [String: Any] {
    var values: [String: Any] = [
      "id": entry.id.rawValue, "url": entry.url, "events": entry.events,
      "created": Pages.time(entry.createdAt), "isDisabled": entry.disabled != nil,
      "badge": entry.disabled == nil ? "enabled" : "disabled",
    ]
    if entry.events.count == Event.types.count { values["allEvents"] = true }
    if let disabled = entry.disabled {
      values["disabled"] = [
        "since": Pages.time(disabled.since), "reason": disabled.reason,
        "byBreaker": disabled.isByBreaker,
      ]
    } else if entry.consecutiveFailures > 0 {
      let count = entry.consecutiveFailures
      values["failures"] =
        "\(count) \(count == 1 ? "failure" : "failures in a row"); 10 in a row disable it"
    }
    return values
  }

  /// A count that stops somewhere, as people read it.
  static func count(_ count: Int, most: Int = Endpoint.Counts.most) -> String {
    let digits = String(count)
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return count < most ? text : "\(text) or more"
  }
}
