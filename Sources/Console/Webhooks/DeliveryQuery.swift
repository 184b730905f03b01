import HTTPServer
import Helpdesk
import Postgres

/// The filters and the position in the delivery log, read from the query of the page's URL. Invalid
/// values are ignored.
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
    // PostgreSQL's times end where its years do; this server writes none near that.
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

  /// The query with the same filters, at the start of the log and at another position.
  var newest: String {
    "state=\(filter.state?.rawValue ?? "")&type=\(filter.type ?? "")&since=\(since)"
  }
  func older(_ cursor: DeliveryLog.Cursor) -> String {
    "\(newest)&before=\(cursor.createdAt.microsecondsSince2000)-\(cursor.id)"
  }

  var filters: [Filter] {
    let states = Delivery.State.allCases.map { ($0.rawValue, $0.rawValue) }
    let types = (Event.types + [Event.testType]).map { ($0, $0) }
    return [
      Filter(
        name: "state", label: "State", options: [("", "All states")] + states,
        chosen: filter.state?.rawValue),
      Filter(
        name: "type", label: "Event", options: [("", "All events")] + types, chosen: filter.type),
      Filter(
        name: "since", label: "Made in",
        options: [("", "Any time")] + Self.spans.map { ($0.name, $0.words) }, chosen: since),
    ]
  }
}
