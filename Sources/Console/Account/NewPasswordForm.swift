import HTTPServer

/// A new password, typed twice: the input, and its faults.
struct NewPasswordForm {
  let text: String
  var fault: String?
  private var repeatedFault: String?

  var isFaulty: Bool { fault != nil || repeatedFault != nil }

  /// Nothing typed yet.
  init() { text = "" }

  /// - Parameter email: the account's
  init(_ form: Form, email: String) {
    text = form["new"]
    fault = Passwords.fault(text, email: email)
    if fault == nil, !text.utf8.elementsEqual(form["repeated"].utf8) {
      repeatedFault = "This is not the same as the new password."
    }
  }

  /// For the template `password-fields`.
  func fields(_ label: String, _ repeatedLabel: String) -> [PageValues] {
    let new = PasswordField(
      name: "new", label: label, autocomplete: "new-password", hint: "At least 12 characters.",
      fault: fault)
    let repeated = PasswordField(
      name: "repeated", label: repeatedLabel, autocomplete: "new-password", fault: repeatedFault)
    return [new.values, repeated.values]
  }
}
