import Helpdesk

/// Limits the deliveries under way: in all, for endpoints that fail or are not yet known, and for each
/// endpoint.
///
/// An endpoint's window grows by one with each success and is halved by each failure, so that a fast
/// endpoint gets many connections, and one that hangs soon holds only one slot. Retries have slots of
/// their own: they are sent in time even when a backlog fills the window.
struct Concurrency {
  /// All slots. A delivery keeps its slot from its claim until its result is recorded.
  static let slots = 512
  /// The slots that unknown endpoints may take, and those whose last attempt failed.
  static let unknownSlots = 256
  static let failingSlots = 128
  /// While unknown endpoints hold this many slots, each of them gets only one, so that there is one for
  /// each.
  static let manyUnknown = 64
  /// The most bytes of bodies in memory, and in one claim.
  static let bytes = 64 << 20
  static let claimBytes = 16 << 20
  /// The window of an unknown endpoint.
  static let firstWindow = 4
  static let largestWindow = 64
  static let retries = 16
  /// The most endpoints that are remembered; beyond this number, those with nothing under way are
  /// forgotten.
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

  var free: Int { takenBytes < Self.bytes ? Self.slots - taken : 0 }

  /// The limits for a claim made now.
  var limits: ClaimLimits {
    func underWay(_ standing: ClaimLimits.Standing) -> Int {
      lanes.values.reduce(0) { $0 + ($1.standing == standing ? $1.underWay : 0) }
    }
    let unknown = underWay(.unknown)
    let isCrowded = unknown >= Self.manyUnknown
    return ClaimLimits(
      all: free,
      ofStanding: [
        .failing: min(free, max(0, Self.failingSlots - underWay(.failing))),
        .unknown: min(free, max(0, Self.unknownSlots - unknown)),
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

  /// True if another delivery of the same endpoint and kind may be claimed.
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
  /// - Returns: true if enough of the endpoint's window is free to make a claim worthwhile.
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

  /// Nothing is due: forgets endpoints with nothing under way, unless they have failed.
  mutating func forgetIdle() {
    lanes = lanes.filter { $0.value.underWay > 0 || $0.value.standing == .failing }
  }

  /// A delivery's result has been recorded.
  /// - Returns: true if too few slots or bytes were free to make a claim worthwhile, and now enough are.
  mutating func leave(_ delivery: Delivery) -> Bool {
    func isWide() -> Bool {
      taken <= Self.slots * 7 / 8 && takenBytes <= Self.bytes - Self.claimBytes
    }
    let wasWide = isWide()
    taken = max(0, taken - 1)
    takenBytes = max(0, takenBytes - delivery.body.utf8.count)
    return !wasWide && isWide()
  }
}
