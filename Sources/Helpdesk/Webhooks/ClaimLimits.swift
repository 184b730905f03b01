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
