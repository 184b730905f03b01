import NIOCore
import Synchronization

/// A connection that waits for its next request.
struct IdleConnection: Sendable {
  let key: ConnectionKey
  let address: IPAddress
  let channel: any Channel
  /// The time since which it has been waiting.
  let parked: NIODeadline
  /// May only be used on the channel's event loop.
  let handler: NIOLoopBound<ConnectionHandler>

  /// Closes it soon. It must have been taken out of ``IdleConnections`` first.
  func close() {
    channel.eventLoop.execute { handler.value.closeIdle() }
  }
}

/// The connections that wait for another request, and the number of all open ones.
///
/// A connection that was taken out belongs to the taker, who uses or closes it.
final class IdleConnections: Sendable {
  /// The longest time that a connection waits. Node, a likely receiver, closes a connection after 5 s,
  /// and a request that crosses with the close would be lost.
  static let lifetime = TimeAmount.seconds(4)

  fileprivate struct State {
    /// Connections for each key, the one that has waited longest first; no empty arrays.
    var waiting: [ConnectionKey: [IdleConnection]] = [:]
    var count = 0
    var open = 0
    var isShutDown = false
  }

  private let maximum: Int
  private let maximumPerKey: Int
  private let state = Mutex(State())

  init(maximum: Int = 1024, maximumPerKey: Int = 32) {
    self.maximum = maximum
    self.maximumPerKey = maximumPerKey
  }

  /// The number of connections that are open or being opened, idle or not.
  var openCount: Int { state.withLock { $0.open } }

  var isShutDown: Bool { state.withLock { $0.isShutDown } }

  /// Counts a connection from now until it is closed.
  func count(_ channel: any Channel) {
    state.withLock { $0.open += 1 }
    channel.closeFuture.whenComplete { _ in self.state.withLock { $0.open -= 1 } }
  }

  /// Takes out the connection to any of the addresses that has waited for the shortest time, if there is
  /// one.
  func take(_ key: ConnectionKey, to addresses: [IPAddress]) -> IdleConnection? {
    state.withLock { state in
      guard
        let index = state.waiting[key]?.lastIndex(where: {
          addresses.contains($0.address) && $0.channel.isActive
        })
      else { return nil }
      return state.remove(at: index, of: key)
    }
  }

  /// Adds a connection; false if it has to be closed instead, because the process is stopping. Closes
  /// others if there are too many.
  func park(_ connection: IdleConnection) -> Bool {
    var surplus: [IdleConnection] = []
    let isParked = state.withLock { state in
      guard !state.isShutDown else { return false }
      state.waiting[connection.key, default: []].append(connection)
      state.count += 1
      if let count = state.waiting[connection.key]?.count, count > maximumPerKey,
        let first = state.remove(at: 0, of: connection.key)
      {
        surplus.append(first)
      }
      if state.count > maximum, let oldest = state.oldest,
        let first = state.remove(at: 0, of: oldest)
      {
        surplus.append(first)
      }
      return true
    }
    for connection in surplus { connection.close() }
    return isParked
  }

  /// Takes out a particular connection; false if it was taken out before.
  func remove(_ channel: any Channel, _ key: ConnectionKey) -> Bool {
    state.withLock { state in
      guard let index = state.waiting[key]?.firstIndex(where: { $0.channel === channel })
      else { return false }
      return state.remove(at: index, of: key) != nil
    }
  }

  /// Closes the idle connections and accepts no more. Returns when they are closed.
  func shutDown() async {
    let connections = state.withLock { state in
      defer {
        state.waiting = [:]
        state.count = 0
        state.isShutDown = true
      }
      return state.waiting.values.flatMap(\.self)
    }
    for connection in connections { connection.close() }
    // The future of a close never fails.
    for connection in connections { try? await connection.channel.closeFuture.get() }
  }
}

extension IdleConnections.State {
  /// The key whose first connection has waited longest.
  fileprivate var oldest: ConnectionKey? {
    waiting.min { $0.value[0].parked < $1.value[0].parked }?.key
  }

  fileprivate mutating func remove(at index: Int, of key: ConnectionKey) -> IdleConnection? {
    guard let connection = waiting[key]?.remove(at: index) else { return nil }
    count -= 1
    if waiting[key]?.isEmpty == true { waiting[key] = nil }
    return connection
  }
}
