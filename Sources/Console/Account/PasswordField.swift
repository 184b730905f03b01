/// A field of a form that asks for a password, for the template `password-fields`.
struct PasswordField {
  let name: String
  let label: String
  let autocomplete: String
  var hint: String?
  var fault: String?

  static func new(_ label: String, fault: String?) -> PasswordField {
    PasswordField(
      name: "new", label: label, autocomplete: "new-password", hint: "At least 12 characters.",
      fault: fault)
  }

  static func repeated(_ label: String, fault: String?) -> PasswordField {
    PasswordField(name: "repeated", label: label, autocomplete: "new-password", fault: fault)
  }

  var values: [String: Any] {
    var values: [String: Any] = ["name": name, "label": label, "autocomplete": autocomplete]
    values["hint"] = hint
    values["fault"] = fault
    let describing = [hint.map { _ in "\(name)-hint" }, fault.map { _ in "\(name)-fault" }]
      .compactMap { $0 }
    if !describing.isEmpty { values["describedBy"] = describing.joined(separator: " ") }
    return values
  }
}
