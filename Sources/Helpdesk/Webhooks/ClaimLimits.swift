public import Postgres

/// The limits of what a worker may claim.
public struct ClaimLimits: Sendable {
  /// An endpoint's latest results, as far as the worker knows them.
  public enum Standing: Int, Sendable, CaseIterable {
    case failing, unknown, proven
  }

  /// A worker's load of one endpoint.
  public struct Load: Sendable {
    public var endpoint: EndpointID
    public var standing: Standing
    /// The first attempts, and the retries, that it may claim in addition.
    public var room: Int
    public var retryRoom: Int
    /// The number of deliveries that it is sending.
    public var underWay: Int

    public init(
      endpoint: EndpointID, standing: Standing, room: Int, retryRoom: Int, underWay: Int
    ) {
      self.endpoint = endpoint
      self.standing = standing
      self.room = room
      self.retryRoom = retryRoom
      self.underWay = underWay
    }
  }

  /// Deliveries in all, and the most for endpoints of each standing.
  public var all: Int
  public var ofStanding: [Standing: Int]
  /// The part of these that is divided equally among the endpoints; each gets at least one.
  public var shared: [Standing: Int]
  /// First attempts and retries for an endpoint without a load.
  public var ofOne: Int
  public var retriesOfOne: Int
  /// Bytes of bodies; at least one delivery is claimed.
  public var bytes: Int
  public var loads: [Load]
  /// Endpoints whose deliveries are not claimed.
  public var except: [EndpointID] = []

  public init(
    all: Int, ofStanding: [Standing: Int] = [:], shared: [Standing: Int] = [:], ofOne: Int,
    retriesOfOne: Int, bytes: Int = 16 << 20, loads: [Load] = []
  ) {
    self.all = all
    self.ofStanding = ofStanding
    self.shared = shared
    self.ofOne = ofOne
    self.retriesOfOne = retriesOfOne
    self.bytes = bytes
    self.loads = loads
  }
}

extension DeliveryStore {
  /// The duration of a claim: longer than an attempt and the recording of its result, short enough for
  /// another worker to take over within a minute.
  public static let lease: Duration = .seconds(30)
  static var leaseSeconds: Int32 { Int32(lease.components.seconds) }

  private static let claim = Statement(
    calling: "helpdesk.claim_deliveries", .int4, .int4Array, .int4Array, .int4, .int4, .int8, .int4,
    .textArray, .textArray, .textArray, .int4Array, .int4Array, .int4Array, .int4Array)

  /// Claims deliveries that are due, fairly among endpoints. Leaves out disabled endpoints, those with a
  /// secret whose key is not known, and those that the limits exclude. None is claimed twice while its
  /// lease lasts.
  public func claim(_ limits: ClaimLimits) async throws(PostgresError) -> [Delivery] {
    func int4(_ value: Int) -> Int32 { Int32(clamping: value) }
    let loads = limits.loads
    let most = ClaimLimits.Standing.allCases.map { limits.ofStanding[$0] ?? limits.all }
    let shared = zip(ClaimLimits.Standing.allCases, most).map { limits.shared[$0] ?? $1 }
    let rows = try await pool.write(
      Self.claim(
        .int4(int4(limits.all)), .int4Array(most.map(int4)), .int4Array(shared.map(int4)),
        .int4(int4(limits.ofOne)), .int4(int4(limits.retriesOfOne)), .int8(Int64(limits.bytes)),
        .int4(Self.leaseSeconds), .textArray(knownKeys), .textArray(limits.except.map(\.rawValue)),
        .textArray(loads.map(\.endpoint.rawValue)),
        .int4Array(loads.map { int4($0.standing.rawValue) }),
        .int4Array(loads.map { int4($0.room) }), .int4Array(loads.map { int4($0.retryRoom) }),
        .int4Array(loads.map { int4($0.underWay) })))
    let readAt = ContinuousClock.now
    return try rows.map { row throws(PostgresError) in try Self.delivery(row, readAt: readAt) }
  }

  private static func delivery(_ row: Row, readAt: ContinuousClock.Instant) throws(PostgresError)
    -> Delivery
  {
    var columns = RowReader(row)
    let organization = OrganizationID(stored: try columns.text())
    let id = DeliveryID(stored: try columns.text())
    let endpoint = EndpointID(stored: try columns.text())
    return Delivery(
      organization: organization, id: id, endpoint: endpoint,
      event: EventID(stored: try columns.text()), type: try columns.text(),
      url: try columns.text(), body: try columns.text(),
      secrets: zip(
        try columns.textArray(), zip(try columns.textArray(), try columns.textArray())
      ).map { id, stored in
        StoredSecret(
          row: SecretRow(organization: organization, endpoint: endpoint, id: id),
          text: stored.0, keyID: stored.1.isEmpty ? nil : stored.1)
      },
      failedAttempts: try columns.int4(), lease: try columns.timestamp(),
      clock: DatabaseClock(try columns.timestamp(), readAt: readAt),
      waited: .microseconds(try columns.int8()), most: try columns.int4(),
      isFirst: try columns.bool(), traceParent: try columns.textOrNull())
  }
}
