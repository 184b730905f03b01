import Metrics
import NIOCore
import Synchronization

/// Bounds the open connections, in all and from each address (each /64 of IPv6).
package final class ConnectionLimits: Sendable {
  private struct State {
    var total = 0
    var byAddress: [AddressBlock: Int] = [:]
  }

  private let most: Int
  private let mostOfOneAddress: Int
  private let refused = Counter(label: "http_connections_refused")
  private let state = Mutex(State())

  package init(most: Int = 10_000, mostOfOneAddress: Int = 2_500) {
    self.most = most
    self.mostOfOneAddress = mostOfOneAddress
  }

  /// Counts a connection until it closes. False for one too many, which must be closed.
  func enter(_ channel: any Channel) -> Bool {
    let address = AddressBlock(channel.remoteAddress)
    guard enter(address) else {
      refused.increment()
      return false
    }
    channel.closeFuture.whenComplete { _ in self.leave(address) }
    return true
  }

  func enter(_ address: AddressBlock) -> Bool {
    state.withLock { state in
      guard state.total < most, state.byAddress[address, default: 0] < mostOfOneAddress else {
        return false
      }
      state.total += 1
      state.byAddress[address, default: 0] += 1
      return true
    }
  }

  func leave(_ address: AddressBlock) {
    state.withLock { state in
      state.total -= 1
      let left = state.byAddress[address, default: 1] - 1
      state.byAddress[address] = left == 0 ? nil : left
    }
  }
}
