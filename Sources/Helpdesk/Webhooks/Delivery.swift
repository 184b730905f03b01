public import Postgres

public typealias EventID = Identifier<Event>
public typealias DeliveryID = Identifier<Delivery>

/// An event on its way to an endpoint, claimed by this process until its lease ends.
public struct Delivery: Sendable {
  public enum State: String, Sendable, CaseIterable {
    case pending, sending, succeeded, failed, held

    init(stored text: String) throws(PostgresError) {
      guard let state = Self(rawValue: text) else {
        throw .decoding(column: "state", expected: "a state")
      }
      self = state
    }
  }

  public var organization: OrganizationID
  public var id: DeliveryID
  public var endpoint: EndpointID
  public var event: EventID
  /// Such as `ticket.created`.
  public var type: String
  public var url: String
  /// The exact bytes that every attempt sends.
  public var body: String
  /// The endpoint's live secrets, newest first; the first is the current one.
  public var secrets: [StoredSecret]
  /// Attempts that have failed since the delivery was made or last sent again.
  public var failedAttempts: Int
  /// The end of the claim. It also names the claim: only its holder can record a result.
  public var lockedUntil: Timestamp
  /// The database's clock, read when the delivery was claimed.
  public var clock: DatabaseClock
  /// The time since it became due, at the claim.
  public var waited: Duration
  /// The claim's limit for the endpoint's first attempts, or for its retries; if it was reached, more
  /// may be due.
  public var claimLimit: Int
  /// True if it was neither sent before nor asked for again.
  public var isFirst: Bool
  /// The `traceparent` of the request that caused the event.
  public var traceParent: String?
}

/// The result of a claimed delivery.
public struct DeliveryResult: Sendable {
  public enum Outcome: Sendable, Equatable {
    /// The endpoint took it.
    case succeeded
    /// It failed and is tried again after this time.
    case retry(after: Duration)
    /// It failed for the last time.
    case failed
    /// It failed for the last time: the endpoint answered 410.
    case gone
    /// Nothing was sent, so this is not an attempt. It is claimed again after this time.
    case returned(after: Duration)
  }

  public var delivery: Delivery
  public var outcome: Outcome
  public var started: ContinuousClock.Instant
  public var duration: Duration
  /// The answer's status, if there was an answer.
  public var status: Int?
  /// The reason for a failure, in plain words.
  public var error: String?
  /// The beginning of the answer's body, at most 1,024 bytes of any kind.
  public var response: [UInt8]

  public init(
    _ delivery: Delivery, _ outcome: Outcome, started: ContinuousClock.Instant,
    duration: Duration, status: Int? = nil, error: String? = nil, response: [UInt8] = []
  ) {
    self.delivery = delivery
    self.outcome = outcome
    self.started = started
    self.duration = duration
    self.status = status
    self.error = error
    self.response = response
  }
}

/// The effect of recording a result.
public enum DeliveryRecord: Sendable, Equatable {
  /// The result is recorded. `disabled` is the reason if it, or a result recorded with it, disabled the
  /// endpoint; reported once.
  case recorded(disabled: Endpoint.DisableReason?)
  /// Somebody is changing the endpoint: nothing is recorded yet; try again.
  case busy
  /// The lease was over: the delivery no longer belongs to this process.
  case lost
}
