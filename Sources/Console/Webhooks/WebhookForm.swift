import Helpdesk

/// Whether webhooks may go to a URL that somebody typed: the URL to be stored, or why it cannot be used.
public typealias EndpointURLCheck = @Sendable (String) async throws -> String

/// Why a URL cannot be used, in words for the form.
public struct UnusableDestination: Error {
  public let words: String

  public init(words: String) { self.words = words }
}

/// The form of an endpoint: what was typed, and what is wrong with it.
struct WebhookForm {
  private(set) var url = ""
  private var chosen: Set<String> = []
  let submission: String
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

  /// The form of an endpoint as it is.
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

  /// Looks at the URL's form and address, unless nothing was typed.
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

  /// Nil while anything is wrong.
  var draft: Endpoint.Draft? {
    guard !isFaulty, (16...64).contains(submission.utf8.count) else { return nil }
    return Endpoint.Draft(url: url, events: events, submission: submission)
  }

  /// For the template.
  var values: [String: Any] {
    var urlField: [String: Any] = ["value": url]
    urlField["fault"] = faults["url"]
    var eventsField: [String: Any] = [
      "choices": [choice(Self.all, "Whatever happens to a ticket, all of these.", "All events")]
        + Event.types.map { choice($0, Self.meanings[$0] ?? "", nil) }
    ]
    eventsField["fault"] = faults["events"]
    return ["submission": submission, "url": urlField, "events": eventsField]
  }

  private func choice(_ value: String, _ meaning: String, _ label: String?) -> [String: Any] {
    var choice: [String: Any] = [
      "id": "event-\(value.replacing(".", with: "-"))", "value": value, "meaning": meaning,
      "checked": chosen.contains(value),
    ]
    choice["label"] = label
    return choice
  }
}
