import Glibc
import Synchronization

/// The `Date` of answers (RFC 9110, 5.6.7), made once a second.
final class DateHeader: Sendable {
  private let made = Mutex((second: 0, text: ""))

  func now() -> String {
    let second = time(nil)
    return made.withLock { made in
      if made.second != second { made = (second, Self.text(second)) }
      return made.text
    }
  }

  static func text(_ second: Int) -> String {
    var (second, parts) = (second, tm())
    gmtime_r(&second, &parts)
    // The process never leaves the C locale, whose names are the standard's.
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
      let count = strftime(text.baseAddress, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
      return String(decoding: text[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }
}
