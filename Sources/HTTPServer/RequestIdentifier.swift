import NIOHTTP1
import Synchronization

/// Request ids: 1 to 128 characters of `[A-Za-z0-9._-]`.
package enum RequestIdentifier {
  package static func isValid(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "._-".utf8.contains(byte)
        }
      }
  }

  /// The caller's `X-Request-Id`, or a new id if it is missing, malformed or repeated.
  static func of(_ head: HTTPRequestHead) -> String {
    let given = head.headers["x-request-id"]
    return given.count == 1 && isValid(given[0]) ? given[0] : make()
  }

  private static let process = UInt32.random(in: .min ... .max)
  private static let made = Atomic<UInt64>(0)

  /// Eight hexadecimal digits of this process and a count, which costs no system call.
  package static func make() -> String {
    let count = made.add(1, ordering: .relaxed).newValue
    return "\(hex(UInt64(process), digits: 8))-\(hex(count, digits: 6))"
  }

  private static func hex(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
