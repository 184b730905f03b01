/// A field for a password, for the template `password-fields`.
struct PasswordField {
  let name: String
  let label: String
  let autocomplete: String
  var hint: String?
  var fault: String?

  var values: PageValues {
    let describing = [hint.map { _ in "\(name)-hint" }, fault.map { _ in "\(name)-fault" }]
      .compactMap(\.self)
    return [
      "name": name, "label": label, "autocomplete": autocomplete, "hint": hint, "fault": fault,
      "describedBy": describing.isEmpty ? nil : describing.joined(separator: " "),
    ]
  }
}
