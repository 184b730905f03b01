public import Helpdesk

/// The settings of webhooks.
public struct WebhookSettings: Sendable {
  /// Networks that webhooks may reach although they are not public.
  public var allowedNetworks: [IPNetwork] = []
  /// True if webhooks may use plain `http`.
  public var allowHTTP = false
  /// A file of PEM certificates to trust in addition to the system's.
  public var certificateAuthorities: String?
  /// The keys that seal signing secrets.
  public var secretKeys = SecretKeys()
  /// The time that finished deliveries and their events are kept.
  public var retention: Duration = .seconds(30 * 86_400)
  /// The server's version, for `User-Agent`.
  public var version: String

  public init(version: String) { self.version = version }
}
