import HTTPServer
import Helpdesk

/// Checks the URL of a webhook that a person typed, and returns it in the form to be stored. Throws
/// `UnusableDestination` if webhooks may not go there.
public typealias EndpointURLCheck = @Sendable (String) async throws -> String

/// The reason why a URL cannot be used, in words for the form.
public struct UnusableDestination: Error {
  public let words: String

  public init(words: String) { self.words = words }
}

/// The form of an endpoint: the input, and its faults.
struct WebhookForm {
  private(set) var url = ""
  private var chosen: Set<String> = []
  private let submission: String
  private(set) var faults: [String: String] = [:]

  var isFaulty: Bool { !faults.isEmpty }

  private static let meanings = [
    "ticket.created": "Somebody opened a ticket.",
    "ticket.updated": "Anything about a ticket changed: status, priority, assignee, tags or text.",
    "ticket.commented": "Somebody wrote a comment on a ticket.",
    "ticket.resolved": "A ticket became RESOLVED. Comes besides ticket.updated.",
    "ticket.closed": "A ticket became CLOSED. Comes besides ticket.updated.",
    "ticket.reopened": "A resolved or closed ticket is open again. Comes besides ticket.updated.",
    "ticket.merged": "A ticket was merged into another.",
  ]
  private static let all = "all"

  /// An empty form.
  init(submission: String) { self.submission = submission }

  /// The form of an existing endpoint.
  init(_ entry: Endpoint.Entry) {
    url = entry.url
    chosen = Set(entry.events)
    submission = ""
  }

  init(_ form: Form) {
    url = form["url"].trimmingWhiteSpace()
    chosen = Set(form.values("events"))
    submission = form["submission"]
    if url.isEmpty { faults["url"] = "Enter the URL that receives the events." }
    if chosen.isEmpty || !chosen.subtracting([Self.all]).isSubset(of: Event.types) {
      faults["events"] = "Choose at least one of these events."
    }
  }

  /// Checks the form and address of the URL, unless nothing was typed.
  mutating func check(_ check: EndpointURLCheck) async throws {
    guard !url.isEmpty else { return }
    do {
      let usable = try await check(url)
      if faults.isEmpty { url = usable }
    } catch let error as UnusableDestination {
      faults["url"] = error.words
    }
  }

  mutating func refuseURL(_ words: String) { faults["url"] = words }

  var events: [String] {
    chosen.contains(Self.all) ? Event.types : Event.types.filter(chosen.contains)
  }

  /// For the template.
  var values: PageValues {
    let all = choice(Self.all, "Whatever happens to a ticket, all of these.", label: "All events")
    let choices = [all] + Event.types.map { choice($0, Self.meanings[$0] ?? "") }
    return [
      "submission": submission, "url": ["value": url, "fault": faults["url"]] as PageValues,
      "events": ["choices": choices, "fault": faults["events"]] as PageValues,
    ]
  }

  private func choice(_ value: String, _ meaning: String, label: String? = nil) -> PageValues {
    [
      "id": "event-\(value.replacing(".", with: "-"))", "value": value, "meaning": meaning,
      "checked": chosen.contains(value), "label": label,
    ]
  }
}
