public import Helpdesk

/// How webhooks are sent and how long they are remembered.
public struct WebhookSettings: Sendable {
  /// Networks that may be reached though they are not public.
  public var allowedNetworks: [IPNetwork] = []
  /// Whether plain `http` may be used.
  public var allowHTTP = false
  /// A file of PEM certificates that are trusted besides the system's.
  public var certificateAuthorities: String?
  /// What signing secrets are sealed with.
  public var secretKeys = SecretKeys()
  /// How long finished deliveries and their events are kept.
  public var retention: Duration = .seconds(30 * 86_400)
  /// The server's version, for `User-Agent`.
  public var version: String

  public init(version: String) { self.version = version }
}
