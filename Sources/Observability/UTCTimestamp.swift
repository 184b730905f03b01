import Glibc

/// A moment in UTC to the millisecond, written as RFC 3339.
struct UTCTimestamp: Sendable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  let milliseconds: Int

  /// The wall clock now.
  static var now: UTCTimestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UTCTimestamp(milliseconds: time.tv_sec * 1000 + time.tv_nsec / 1_000_000)
  }

  /// `2026-03-17T09:30:00.000Z`.
  var description: String {
    var seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    let fraction = String(1000 + milliseconds - seconds * 1000).dropFirst()
    var date = tm()
    gmtime_r(&seconds, &date)
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let count = strftime(buffer.baseAddress, buffer.count, "%FT%T", &date)
      return String(decoding: UnsafeRawBufferPointer(buffer)[..<count], as: UTF8.self)
    }
    return "\(text).\(fraction)Z"
  }
}
