import Helpdesk
import Postgres

/// What is asked of the delivery log, in the query of its address. What makes no sense is as if it was
/// not there.
struct DeliveryQuery {
  let filter: DeliveryLog.Filter
  let before: DeliveryLog.Cursor?
  private let since: String

  private static let spans: [(name: String, hours: Int32, words: String)] = [
    ("hour", 1, "The last hour"), ("day", 24, "The last day"), ("week", 168, "The last week"),
  ]

  init(_ query: Form) {
    let span = Self.spans.first { $0.name == query["since"] }
    since = span?.name ?? ""
    filter = DeliveryLog.Filter(
      state: Delivery.State(rawValue: query["state"]),
      type: (Event.types + [Event.testType]).first { $0 == query["type"] }, hours: span?.hours)
    let parts = query["before"].split(separator: "-", maxSplits: 1)
    // PostgreSQL's moments end where its years do; none that this server writes is near.
    let moments: Range<Int64> = 0..<(1 << 55)
    if parts.count == 2, let moment = Int64(parts[0]), moments.contains(moment),
      let id = DeliveryID(parts[1])
    {
      before = DeliveryLog.Cursor(
        createdAt: Timestamp(microsecondsSince2000: moment), id: id.rawValue)
    } else {
      before = nil
    }
  }

  var isFiltered: Bool { filter.state != nil || filter.type != nil || filter.hours != nil }

  /// The same without its place, and with another.
  var newest: String {
    "state=\(filter.state?.rawValue ?? "")&type=\(filter.type ?? "")&since=\(since)"
  }
  func older(_ cursor: DeliveryLog.Cursor) -> String {
    "\(newest)&before=\(cursor.createdAt.microsecondsSince2000)-\(cursor.id)"
  }

  /// For the template: three lists to choose from.
  var choices: [[String: Any]] {
    [
      Self.choice(
        "state", "State", filter.state?.rawValue ?? "",
        [("", "All states")] + Delivery.State.allCases.map { ($0.rawValue, $0.rawValue) }),
      Self.choice(
        "type", "Event", filter.type ?? "",
        [("", "All events")] + (Event.types + [Event.testType]).map { ($0, $0) }),
      Self.choice(
        "since", "Made in", since,
        [("", "Any time")] + Self.spans.map { ($0.name, $0.words) }),
    ]
  }

  private static func choice(
    _ name: String, _ label: String, _ chosen: String, _ options: [(value: String, words: String)]
  ) -> [String: Any] {
    [
      "name": name, "label": label,
      "options": options.map {
        ["value": $0.value, "words": $0.words, "selected": $0.value == chosen] as [String: Any]
      },
    ]
  }
}
