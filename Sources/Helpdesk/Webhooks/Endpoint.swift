public import Postgres

/// A URL to which an organization's events are sent.
public enum Endpoint {}
public typealias EndpointID = Identifier<Endpoint>

extension Endpoint {
  /// An endpoint as in a list.
  public struct Entry: Sendable {
    public var id: EndpointID
    public var url: String
    /// Values of `Event.types`, not empty.
    public var events: [String]
    public var createdAt: Timestamp
    /// The number of deliveries that failed since the last success.
    public var consecutiveFailures: Int
    /// Nil: enabled.
    public var disabled: Disabled?
    /// True while a replay sends what was held or had failed.
    public var isReplaying: Bool
    public var lastDelivery: LastDelivery?
  }

  public struct Disabled: Sendable {
    public var since: Timestamp
    /// The reason, in words.
    public var reason: String
    public var isByBreaker: Bool { reason == DisableReason.failures.rawValue }
    /// True if a run of failures or a 410 disabled it, not a person.
    public var isByFailures: Bool { DisableReason(rawValue: reason) != nil }
  }

  /// The reason why TacoHelp itself disables an endpoint.
  public enum DisableReason: String, Sendable {
    case failures = "10 deliveries in a row failed"
    case gone = "it answered 410 Gone"
  }

  public struct LastDelivery: Sendable {
    public var id: DeliveryID
    public var createdAt: Timestamp
    public var state: Delivery.State
  }

  /// An endpoint to create.
  public struct Draft: Sendable {
    public var url: String
    public var events: [String]
    /// The number of the filled-in form.
    public var submission: String

    public init(url: String, events: [String], submission: String) {
      self.url = url
      self.events = events
      self.submission = submission
    }
  }

  /// A secret that signs.
  public struct Secret: Sendable {
    /// In the form `whsec_…`.
    public var text: String
    public var createdAt: Timestamp
    /// Nil for the current secret.
    public var expiresAt: Timestamp?
  }

  /// An endpoint with what its page shows.
  public struct Overview: Sendable {
    public var entry: Entry
    public var counts: Counts
    /// The last 24 hours by the clock, oldest first.
    public var hours: [Hour]
  }

  /// The number of deliveries in each state. Each count stops at `most`, so that counting stays cheap.
  public struct Counts: Sendable, Equatable {
    public static let most = 1000

    public var pending: Int
    public var held: Int
    public var failed: Int
    /// Deliveries that failed since the run of failures that disabled the endpoint began, or since a
    /// person disabled it. A replay sends them along with those that are held.
    public var failedMeanwhile: Int
  }

  /// Deliveries made within an hour.
  public struct Hour: Sendable, Equatable {
    /// The most deliveries that are looked at, the newest first.
    public static let most = 1000

    public var start: Timestamp
    public var succeeded: Int
    public var failed: Int
    /// True if there were more than were looked at.
    public var isCut: Bool
  }
}
