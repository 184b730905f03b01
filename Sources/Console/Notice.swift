/// What was done, told on the next page, once. It travels in a cookie and not in the URL, so that no
/// link makes a page say it.
enum Notice: String, Sendable {
  case signedOut = "signed-out"
  case signedOutEverywhere = "signed-out-everywhere"
  case passwordChanged = "password-changed"
  case keyRevoked = "key-revoked"

  var words: String {
    switch self {
    case .signedOut: "You are signed out."
    case .signedOutEverywhere: "You are signed out everywhere."
    case .passwordChanged: "Your password is changed; other devices are signed out."
    case .keyRevoked: "The key is revoked."
    }
  }
}
