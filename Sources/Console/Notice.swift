/// Reports on the next page, once, what was done. It is sent in a cookie, not in the URL, so that no link
/// can put words on a page.
enum Notice: String, Sendable {
  case signedOut = "signed-out"
  case signedOutEverywhere = "signed-out-everywhere"
  case passwordChanged = "password-changed"
  case keyRevoked = "key-revoked"
  case endpointRegistered = "endpoint-registered"
  case endpointChanged = "endpoint-changed"
  case endpointEnabled = "endpoint-enabled"
  case endpointReplayed = "endpoint-replayed"
  case endpointDisabled = "endpoint-disabled"
  case endpointDeleted = "endpoint-deleted"
  case secretRotated = "secret-rotated"
  case failedSentAgain = "failed-sent-again"
  case deliverySentAgain = "delivery-sent-again"
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
    case .endpointRegistered: "The endpoint is registered."
    case .endpointChanged: "The changes are saved."
    case .endpointEnabled: "The endpoint is enabled."
    case .endpointReplayed: "The endpoint is enabled, and what it missed is being sent."
    case .endpointDisabled: "The endpoint is disabled. Its deliveries are held."
    case .endpointDeleted: "The endpoint is deleted."
    case .secretRotated:
      "The endpoint has a new secret. The one before signs beside it for 24 hours."
    case .failedSentAgain: "The deliveries that failed or were held are being sent again."
    case .deliverySentAgain: "It is sent again."
    case .passwordSet: "Your password is set, and you are signed in."
    case .roleChanged: "The role is changed, from the next page they open."
    case .linkWithdrawn: "The link is withdrawn and no longer works."
    case .accessRemoved: "The access is removed, and every session ended."
    }
  }
}
