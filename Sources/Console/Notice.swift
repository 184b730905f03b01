/// What was done, told on the next page, once. It travels in a cookie and not in the URL, so that no
/// link makes a page say it.
enum Notice: String, Sendable {
  case signedOut = "signed-out"
  case signedOutEverywhere = "signed-out-everywhere"
  case passwordChanged = "password-changed"
  case keyRevoked = "key-revoked"
  case passwordSet = "password-set"
  case roleChanged = "role-changed"
  case linkWithdrawn = "link-withdrawn"
  case accessRemoved = "access-removed"

  var words: String {
    switch self {
    case .signedOut: "You are signed out."
    case .signedOutEverywhere: "You are signed out everywhere."
    case .passwordChanged: "Your password is changed; other devices are signed out."
    case .keyRevoked: "The key is revoked."
    case .passwordSet: "Your password is set, and you are signed in."
    case .roleChanged: "The role is changed, from the next page they open."
    case .linkWithdrawn: "The link is withdrawn and no longer works."
    case .accessRemoved: "The access is removed, and every session ended."
    }
  }
}
