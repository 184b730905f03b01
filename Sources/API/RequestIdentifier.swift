import Helpdesk
import Synchronization

/// Ids of requests: 1 to 128 characters of `[A-Za-z0-9._-]`.
enum RequestIdentifier {
  static func isValid(_ text: String) -> Bool { text.isPlainID(1...128) }

  private static let process = UInt32.random(in: .min ... .max)
  private static let made = Atomic<UInt64>(0)

  /// Eight hexadecimal digits of this process and a count, which costs no system call.
  static func make() -> String {
    let count = made.add(1, ordering: .relaxed).newValue
    return "\(hex(UInt64(process), digits: 8))-\(hex(count, digits: 6))"
  }

  private static func hex(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
