import HTTPServer
import Synchronization

/// Stops looking up keys from an address that has sent too many unknown ones. What it remembers decides
/// only if the database is asked, never what the answer is: a revoked key fails, and a new one works,
/// from the next request on.
///
/// From an address over its budget, two kinds of keys still pass: keys that were admitted recently, so that
/// others at the same address as a misconfigured program notice nothing; and a few keys per second that
/// were never refused, so that a new key works. All others are refused until the minute is over.
final class KeyThrottle: Sendable {
  /// Unknown keys from one address that are looked up per minute.
  static let budget = 300
  /// Keys never seen before that are looked up in each second beyond that.
  static let newKeys = 10
  static let window = Duration.seconds(60)

  typealias Instant = ContinuousClock.Instant

  /// The part of a key's SHA-256 that the tables keep.
  private struct Mark {
    let slot: Int
    let admittedSlot: Int
    let value: UInt64

    init(_ hash: [UInt8]) {
      let index: Int
      (index, value) = hash.withUnsafeBytes { bytes in
        precondition(bytes.count == 32, "a SHA-256")
        // 0 stands for a free slot.
        let value = bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self) | 1
        return (Int(bytes.loadUnaligned(fromByteOffset: 0, as: UInt16.self)), value)
      }
      slot = index % slots
      admittedSlot = index % admittedSlots
    }
  }

  private struct Caller {
    let address: AddressBlock
    let start: Instant
    var failures = 0
    var newKeys = 0
    var second: Int64 = 0

    func isOver(at now: Instant) -> Bool { failures > KeyThrottle.budget && isLive(at: now) }
    func isLive(at now: Instant) -> Bool { now - start < KeyThrottle.window }
  }

  private struct State {
    /// Each caller is in the slot of its address. Another address takes over the slot when the minute is
    /// over, or once it has failed as often as this one.
    var callers = [Caller?](repeating: nil, count: slots)
    var refused = [(value: UInt64, at: Instant)?](repeating: nil, count: slots)
    /// The end of the last minute of an address that is over its budget.
    var end: Instant?
  }

  private static let slots = 4096
  private static let admittedSlots = 16384

  /// Marks of keys that were admitted. They are read without a lock, since every request looks at one,
  /// and there are more of them, since keys that share a slot push each other out.
  private let admitted: InlineArray<16384, Atomic<UInt64>> = .init { _ in Atomic(0) }
  /// True if any address may be over its budget; otherwise nothing else is looked at.
  private let isNeeded = Atomic(false)
  private let state = Mutex(State())

  /// Seconds until the key may be looked up; nil if it may be now.
  func retryAfter(
    _ hash: [UInt8], from address: @autoclosure () -> String?,
    at now: @autoclosure () -> Instant = .now
  ) -> Int? {
    guard isNeeded.load(ordering: .relaxed) else { return nil }
    let mark = Mark(hash)
    if admitted[mark.admittedSlot].load(ordering: .relaxed) == mark.value {
      return nil
    }
    let (block, now) = (AddressBlock(address()), now())
    return state.withLock { state in
      if let end = state.end, now >= end {
        state.end = nil
        isNeeded.store(false, ordering: .relaxed)
      }
      let slot = Self.slot(block)
      guard var caller = state.callers[slot], caller.address == block, caller.isOver(at: now)
      else { return nil }
      let left = (Self.window - (now - caller.start)).components.seconds + 1
      if let known = state.refused[mark.slot], known.value == mark.value,
        now - known.at < Self.window
      {
        return Int(left)
      }
      let second = (now - caller.start).components.seconds
      if caller.second != second { (caller.second, caller.newKeys) = (second, 0) }
      caller.newKeys += 1
      state.callers[slot] = caller
      return caller.newKeys > Self.newKeys ? 1 : nil
    }
  }

  /// Records a key that the database knows, even one that is over its rate limit.
  func noteKnown(_ hash: [UInt8]) {
    let mark = Mark(hash)
    if admitted[mark.admittedSlot].load(ordering: .relaxed) != mark.value {
      admitted[mark.admittedSlot].store(mark.value, ordering: .relaxed)
    }
  }

  /// Records a key that the database does not know.
  func noteUnknown(_ hash: [UInt8], from address: String?, at now: Instant = .now) {
    let mark = Mark(hash)
    if admitted[mark.admittedSlot].load(ordering: .relaxed) == mark.value {
      admitted[mark.admittedSlot].store(0, ordering: .relaxed)
    }
    let block = AddressBlock(address)
    state.withLock { state in
      state.refused[mark.slot] = (mark.value, now)
      let slot = Self.slot(block)
      var caller = state.callers[slot] ?? Caller(address: block, start: now)
      if !caller.isLive(at: now) { caller = Caller(address: block, start: now) }
      if caller.address == block {
        caller.failures += 1
      } else {
        caller.failures -= 1
        if caller.failures <= 0 { caller = Caller(address: block, start: now, failures: 1) }
      }
      state.callers[slot] = caller
      if caller.isOver(at: now) {
        state.end = max(state.end ?? now, caller.start + Self.window)
        isNeeded.store(true, ordering: .relaxed)
      }
    }
  }

  /// Swift's hashes differ from process to process, so nobody can choose addresses that share a slot.
  private static func slot(_ block: AddressBlock) -> Int {
    Int(block.hashValue.magnitude % UInt(slots))
  }
}
