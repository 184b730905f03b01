import Foundation

/// SplitMix64: the same numbers for the same seed, so that a failure can be reproduced.
public struct SeededGenerator: RandomNumberGenerator {
  /// The seed for tests with random inputs: always the same, unless `TEST_SEED` says otherwise.
  public static let seed =
    ProcessInfo.processInfo.environment["TEST_SEED"].flatMap { UInt64($0) } ?? 0x7461_636f

  private var state: UInt64

  public init(seed: UInt64 = Self.seed) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  /// One of these texts.
  public mutating func pick(_ texts: [String]) -> String { texts.randomElement(using: &self) ?? "" }

  /// Characters of any plane, without surrogates and U+0000.
  public mutating func text(_ length: ClosedRange<Int>) -> String {
    let scalars = (0..<Int.random(in: length, using: &self)).map { _ in
      let most: UInt32 = Bool.random(using: &self) ? 0x7f : 0x1_ffff
      return Unicode.Scalar(UInt32.random(in: 1...most, using: &self)) ?? "\u{fffd}"
    }
    return String(String.UnicodeScalarView(scalars))
  }

  /// Removes, changes, adds, duplicates or cuts something.
  /// - Parameter alphabet: characters that are likely to matter
  public mutating func spoil(_ bytes: inout [UInt8], with alphabet: String) {
    guard !bytes.isEmpty else { return }
    let index = Int.random(in: 0..<bytes.count, using: &self)
    let byte = UInt8.random(in: .min ... .max, using: &self)
    switch Int.random(in: 0...5, using: &self) {
    case 0: bytes.remove(at: index)
    case 1: bytes[index] = byte
    case 2: bytes.insert(byte, at: index)
    case 3: bytes.insert(contentsOf: bytes[index...].prefix(6), at: index)
    case 4: bytes.removeSubrange(index...)
    default: bytes[index] = Array(alphabet.utf8).randomElement(using: &self) ?? 0
    }
  }

  /// The text after this many of these changes; U+FFFD where it is no longer UTF-8.
  public mutating func spoiled(_ text: String, _ times: ClosedRange<Int>, with alphabet: String)
    -> String
  {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: times, using: &self) { spoil(&bytes, with: alphabet) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
