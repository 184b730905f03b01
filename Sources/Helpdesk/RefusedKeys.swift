import Synchronization

/// The keys whose last request was over its limit. Decides nothing: what they ask for is not read ahead,
/// since that would most likely be for nothing.
final class RefusedKeys: Sendable {
  private static let limit = 10_000

  private let hashes = Mutex<Set<[UInt8]>>([])

  func contains(_ hash: [UInt8]) -> Bool { hashes.withLock { $0.contains(hash) } }

  func insert(_ hash: [UInt8]) {
    hashes.withLock { hashes in
      if hashes.count >= Self.limit { hashes.removeAll() }
      hashes.insert(hash)
    }
  }

  func remove(_ hash: [UInt8]) { hashes.withLock { _ = $0.remove(hash) } }
}
