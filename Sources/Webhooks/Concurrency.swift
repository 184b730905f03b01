import Helpdesk

/// How many deliveries may be under way: in all, and of each endpoint.
///
/// An endpoint's window opens by one with each success and is halved by each failure, so that a quick
/// endpoint gets many connections, and one that hangs soon holds no more than one place.
struct Concurrency {
  /// Places in all: a delivery keeps its own from its claim until its result is recorded.
  static let places = 512
  /// The window of an endpoint that nothing is known of.
  static let firstWindow = 4
  static let largestWindow = 64
  /// Endpoints remembered; beyond it those with nothing under way are forgotten.
  static let mostLanes = 4096

  private struct Lane {
    var window = firstWindow
    var underWay = 0

    var room: Int { max(0, window - underWay) }
  }

  private var lanes: [EndpointID: Lane] = [:]
  private(set) var taken = 0

  var free: Int { Self.places - taken }

  /// What a claim has to know of endpoints that are not as new.
  var loads: [EndpointLoad] {
    lanes.map { EndpointLoad(endpoint: $0, room: $1.room, underWay: $1.underWay) }
  }

  func room(of endpoint: EndpointID) -> Int { lanes[endpoint]?.room ?? Self.firstWindow }

  /// A delivery has been claimed.
  mutating func start(_ endpoint: EndpointID) {
    taken += 1
    if lanes.count >= Self.mostLanes, lanes[endpoint] == nil {
      lanes = lanes.filter { $0.value.underWay > 0 }
    }
    lanes[endpoint, default: Lane()].underWay += 1
  }

  /// A delivery's attempt has ended: its endpoint may get another.
  /// - Parameter isGood: nil if nothing was sent
  /// - Returns: whether so much room has come that claiming for it is worth while.
  mutating func end(_ endpoint: EndpointID, isGood: Bool?) -> Bool {
    guard var lane = lanes[endpoint] else { return true }
    lane.underWay = max(0, lane.underWay - 1)
    if let isGood {
      lane.window = isGood ? min(lane.window + 1, Self.largestWindow) : max(lane.window / 2, 1)
    }
    lanes[endpoint] = lane
    return lane.underWay == 0 || lane.room * 4 >= lane.window
  }

  /// Nothing is due: endpoints with nothing under way are as good as new ones, unless they have failed.
  mutating func forgetIdle() {
    lanes = lanes.filter { $0.value.underWay > 0 || $0.value.window < Self.firstWindow }
  }

  /// A delivery's result has been recorded.
  /// - Returns: whether, after a time without, so many places are free that claiming is worth while.
  mutating func leave() -> Bool {
    taken = max(0, taken - 1)
    return free == Self.places / 8
  }
}
