import Helpdesk
import Postgres

/// The last 24 hours as a chart: one bar per hour, failed deliveries on top of those that succeeded.
struct HourChart {
  private static let (height, pitch, width) = (96, 20, 14)

  private let hours: [Endpoint.Hour]

  init(_ hours: [Endpoint.Hour]) { self.hours = hours }

  /// For the template.
  var values: PageValues {
    let (succeeded, failed) = hours.reduce((0, 0)) { ($0.0 + $1.succeeded, $0.1 + $1.failed) }
    let highest = max(hours.map { $0.succeeded + $0.failed }.max() ?? 0, 1)
    let isCut = hours.contains { $0.isCut }
    let bars = hours.enumerated().map { index, hour in
      let good = Self.length(hour.succeeded, of: highest)
      let bad = Self.length(hour.failed, of: highest)
      return [
        "x": index * Self.pitch + (Self.pitch - Self.width) / 2, "width": Self.width,
        "goodY": Self.height - good, "good": good, "badY": Self.height - good - bad, "bad": bad,
      ]
    }
    let counted = isCut ? "at least " : ""
    return [
      "any": succeeded + failed > 0, "bars": bars, "height": Self.height,
      "width": hours.count * Self.pitch,
      "summary": """
      Of the deliveries made in the last 24 hours, \(counted)\(succeeded.grouped) \
      succeeded and \(counted)\(failed.grouped) failed.
      """,
      "first": hours.first.map { Self.clock($0) } ?? "",
      "rows": hours.reversed().filter { $0.succeeded + $0.failed > 0 }.map { hour in
        [
          "start": Pages.time(hour.start), "succeeded": hour.succeeded, "failed": hour.failed,
        ] as PageValues
      },
      "cut": isCut ? Endpoint.Hour.most.grouped : nil,
    ]
  }

  /// The length of a bar, visible even for a single delivery.
  private static func length(_ count: Int, of highest: Int) -> Int {
    count == 0 ? 0 : max(count * (height - 6) / highest, 3)
  }

  private static func clock(_ hour: Endpoint.Hour) -> String {
    "\(hour.start.description.dropFirst(11).prefix(5)) UTC"
  }
}
