import HTTPServer
import Helpdesk

/// The form to invite a person: the input, and its faults.
struct PersonForm {
  private var name = ""
  private var email = ""
  private var role = User.Role.agent.rawValue
  private var faults: [String: String] = [:]

  var isFaulty: Bool { !faults.isEmpty }

  private static let roleMeanings: [(role: User.Role, label: String, meaning: String)] = [
    (.agent, "Agent", "Answers tickets and chats. Sees the settings, changes none."),
    (.admin, "Admin", "Also creates keys, invites people and changes every setting."),
  ]

  /// An empty form.
  init() {}

  init(_ form: Form) {
    name = form["name"].trimmingWhiteSpace()
    email = form["email"].trimmingWhiteSpace()
    role = form["role"]
    if name.isEmpty {
      faults["name"] = "Enter a name."
    } else if name.unicodeScalars.count > 254 {
      faults["name"] = "Use at most 254 characters."
    }
    if email.isEmpty {
      faults["email"] = "Enter an e-mail address."
    } else if EmailAddress(email) == nil {
      faults["email"] = "Enter an address such as jordan@example.com."
    }
    if Self.staffRole(role) == nil { faults["role"] = "Choose one of these." }
  }

  /// Nil while there are faults.
  var draft: Person.Draft? {
    guard !isFaulty, let email = EmailAddress(email), let role = Self.staffRole(role) else {
      return nil
    }
    return Person.Draft(name: name, email: email, role: role)
  }

  /// Reports that the address is taken by a user with this role.
  mutating func markTaken(by role: User.Role) {
    faults["email"] =
      role == .client
      ? "A client has this address, and clients cannot be invited. Use another address."
      : "Somebody on the list of people has this address. If they lost their link, make a new one there."
  }

  static func staffRole(_ text: String) -> User.Role? {
    User.Role(rawValue: text).flatMap { $0 == .client ? nil : $0 }
  }

  /// The roles to choose from, for the template.
  static func roles(chosen: String) -> [PageValues] {
    roleMeanings.map { role, label, meaning in
      [
        "id": "role-\(role.rawValue)", "value": role.rawValue, "label": label, "meaning": meaning,
        "checked": role.rawValue == chosen,
      ]
    }
  }

  /// For the template.
  var values: PageValues {
    [
      "name": ["value": name, "fault": faults["name"]] as PageValues,
      "email": ["value": email, "fault": faults["email"]] as PageValues,
      "role": ["choices": Self.roles(chosen: role), "fault": faults["role"]] as PageValues,
    ]
  }
}
