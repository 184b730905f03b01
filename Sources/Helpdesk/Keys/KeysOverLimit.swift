import Synchronization

/// The keys whose last request was over the rate limit. It decides nothing: their tickets are not read
/// ahead, since the next request is likely to be refused too.
final class KeysOverLimit: Sendable {
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
