import Helpdesk

/// How many deliveries may be under way: in all, of endpoints that fail or are not known yet, and of
/// each endpoint.
///
/// An endpoint's window opens by one with each success and is halved by each failure, so that a quick
/// endpoint gets many connections, and one that hangs soon holds no more than one place. Retries have
/// room of their own: they come in time even when a backlog fills the window.
struct Concurrency {
  /// Places in all: a delivery keeps its own from its claim until its result is recorded.
  static let places = 512
  /// Of these, what endpoints may take of which nothing is known, and those whose last attempt failed.
  static let unknownPlaces = 256
  static let failingPlaces = 128
  /// What unknown endpoints share out; while they hold that many, each gets one place only, so that
  /// there is one for each.
  static let manyUnknown = 64
  /// Bytes of bodies in hand, and in one claim.
  static let bytes = 64 << 20
  static let claimBytes = 16 << 20
  /// The window of an endpoint that nothing is known of.
  static let firstWindow = 4
  static let largestWindow = 64
  static let retries = 16
  /// Endpoints remembered; beyond it those with nothing under way are forgotten.
  static let mostLanes = 4096

  private struct Lane {
    var standing = ClaimLimits.Standing.unknown
    var window = firstWindow
    var underWay = 0
    var retriesUnderWay = 0

    var room: Int { max(0, window - (underWay - retriesUnderWay)) }
    var retryRoom: Int { max(0, retries - retriesUnderWay) }
  }

  private var lanes: [EndpointID: Lane] = [:]
  private var taken = 0
  private var takenBytes = 0

  var free: Int { takenBytes < Self.bytes ? Self.places - taken : 0 }

  /// What may be claimed now.
  var limits: ClaimLimits {
    func underWay(_ standing: ClaimLimits.Standing) -> Int {
      lanes.values.reduce(0) { $0 + ($1.standing == standing ? $1.underWay : 0) }
    }
    let unknown = underWay(.unknown)
    let isCrowded = unknown >= Self.manyUnknown
    return ClaimLimits(
      all: free,
      ofStanding: [
        .failing: min(free, max(0, Self.failingPlaces - underWay(.failing))),
        .unknown: min(free, max(0, Self.unknownPlaces - unknown)),
        .proven: free,
      ], shared: [.unknown: max(0, Self.manyUnknown - unknown)],
      ofOne: isCrowded ? 1 : Self.firstWindow, retriesOfOne: Self.retries,
      bytes: min(Self.claimBytes, Self.bytes - takenBytes),
      loads: lanes.map {
        ClaimLimits.Load(
          endpoint: $0, standing: $1.standing,
          room: isCrowded && $1.standing == .unknown ? max(0, 1 - $1.underWay) : $1.room,
          retryRoom: $1.retryRoom,
          underWay: $1.underWay)
      })
  }

  /// Whether another delivery of the same kind could be claimed.
  func hasRoom(for delivery: Delivery) -> Bool {
    guard let lane = lanes[delivery.endpoint] else { return true }
    return (delivery.failedAttempts > 0 ? lane.retryRoom : lane.room) > 0
  }

  /// A delivery has been claimed.
  mutating func start(_ delivery: Delivery) {
    taken += 1
    takenBytes += delivery.body.utf8.count
    if lanes.count >= Self.mostLanes, lanes[delivery.endpoint] == nil {
      lanes = lanes.filter { $0.value.underWay > 0 }
    }
    lanes[delivery.endpoint, default: Lane()].underWay += 1
    if delivery.failedAttempts > 0 { lanes[delivery.endpoint]?.retriesUnderWay += 1 }
  }

  /// A delivery's attempt has ended: its endpoint may get another.
  /// - Parameter isGood: nil if nothing was sent
  /// - Returns: whether so much room has come that claiming for it is worth while.
  mutating func end(_ delivery: Delivery, isGood: Bool?) -> Bool {
    guard var lane = lanes[delivery.endpoint] else { return true }
    lane.underWay = max(0, lane.underWay - 1)
    if delivery.failedAttempts > 0 { lane.retriesUnderWay = max(0, lane.retriesUnderWay - 1) }
    if let isGood {
      lane.standing = isGood ? .proven : .failing
      lane.window = isGood ? min(lane.window + 1, Self.largestWindow) : max(lane.window / 2, 1)
    }
    lanes[delivery.endpoint] = lane
    return lane.underWay == 0 || lane.room * 4 >= lane.window
  }

  /// Nothing is due: endpoints with nothing under way are as good as new ones, unless they have failed.
  mutating func forgetIdle() {
    lanes = lanes.filter { $0.value.underWay > 0 || $0.value.standing == .failing }
  }

  /// A delivery's result has been recorded.
  /// - Returns: whether there had been too little room for claims that are worth while, and now is.
  mutating func leave(_ delivery: Delivery) -> Bool {
    func isWide() -> Bool {
      taken <= Self.places * 7 / 8 && takenBytes <= Self.bytes - Self.claimBytes
    }
    let wasWide = isWide()
    taken = max(0, taken - 1)
    takenBytes = max(0, takenBytes - delivery.body.utf8.count)
    return !wasWide && isWide()
  }
}
