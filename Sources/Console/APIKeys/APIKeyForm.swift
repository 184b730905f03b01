import HTTPServer
import Helpdesk

/// The form to create an API key: the input, and its faults.
struct APIKeyForm {
  private var name = ""
  private var scopes: Set<String> = []
  private var expiry = "90"
  private var rateLimit = "100"
  private let submission: String
  private var faults: [String: String] = [:]

  var isFaulty: Bool { !faults.isEmpty }

  private static let scopeMeanings = [
    ("tickets:read", "List tickets and read them with their comments."),
    ("tickets:write", "Create, change, comment on and merge tickets."),
    ("chat:read", "List conversations and read their messages."),
    ("chat:write", "Start conversations, send messages and end them."),
    ("*", "Everything above, and whatever the API learns later."),
  ]
  private static let expiries = [
    ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("never", "Never"),
  ]

  /// An empty form.
  init(submission: String) { self.submission = submission }

  init(_ form: Form) {
    name = form["name"].trimmingWhiteSpace()
    scopes = Set(form.values("scopes"))
    expiry = form["expiry"]
    rateLimit = form["rateLimit"].trimmingWhiteSpace()
    submission = form["submission"]
    if name.isEmpty {
      faults["name"] = "Enter a name."
    } else if name.unicodeScalars.count > 200 {
      faults["name"] = "Use at most 200 characters."
    }
    let known = Set(Self.scopeMeanings.map(\.0))
    if scopes.isEmpty || !scopes.isSubset(of: known) {
      faults["scopes"] = "Choose at least one of these scopes."
    }
    if !Self.expiries.contains(where: { $0.0 == expiry }) {
      faults["expiry"] = "Choose one of these."
    }
    if limit == nil { faults["rateLimit"] = "Enter a whole number from 1 to 1,000,000." }
  }

  /// The rate limit as people write it: 1000, 1,000 or 1 000.
  private var limit: Int32? {
    guard rateLimit.wholeMatch(of: /[0-9]+|[0-9]{1,3}([, ][0-9]{3})+/) != nil,
      let number = Int32(rateLimit.filter { $0 != "," && $0 != " " }),
      (1...1_000_000).contains(number)
    else { return nil }
    return number
  }

  /// Nil while there are faults.
  func draft(_ submission: String) -> APIKey.Draft? {
    guard !isFaulty, let limit else { return nil }
    return APIKey.Draft(
      name: name, scopes: Self.scopeMeanings.map(\.0).filter(scopes.contains), rateLimit: limit,
      expiresInDays: Int32(expiry), submission: submission)
  }

  /// For the template.
  var values: PageValues {
    let scopeChoices = Self.scopeMeanings.enumerated().map { index, scope -> PageValues in
      [
        "id": "scope-\(index)", "value": scope.0, "meaning": scope.1,
        "checked": scopes.contains(scope.0), "word": scope.0 == "*" ? "everything" : nil,
      ]
    }
    let expiryChoices = Self.expiries.map { value, meaning -> PageValues in
      ["id": "expiry-\(value)", "value": value, "meaning": meaning, "checked": value == expiry]
    }
    return [
      "submission": submission,
      "name": ["value": name, "fault": faults["name"]] as PageValues,
      "scopes": ["choices": scopeChoices, "fault": faults["scopes"]] as PageValues,
      "expiry": ["choices": expiryChoices, "fault": faults["expiry"]] as PageValues,
      "rateLimit": ["value": rateLimit, "fault": faults["rateLimit"]] as PageValues,
    ]
  }
}
