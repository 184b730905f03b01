#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A moment in UTC to the millisecond, written as RFC 3339.
struct UTCTimestamp: Sendable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  let milliseconds: Int64

  /// The wall clock now.
  static var now: UTCTimestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UTCTimestamp(
      milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// `2026-03-17T09:30:00.000Z`.
  var description: String {
    let (second, millisecond) = Self.floorDivide(milliseconds, by: 1000)
    let (day, secondOfDay) = Self.floorDivide(second, by: 86400)
    let date = Self.civilDate(daysSinceEpoch: day)
    var text = ""
    text.reserveCapacity(24)
    Self.append(date.year, width: 4, after: "", to: &text)
    Self.append(date.month, width: 2, after: "-", to: &text)
    Self.append(date.day, width: 2, after: "-", to: &text)
    Self.append(secondOfDay / 3600, width: 2, after: "T", to: &text)
    Self.append(secondOfDay / 60 % 60, width: 2, after: ":", to: &text)
    Self.append(secondOfDay % 60, width: 2, after: ":", to: &text)
    Self.append(millisecond, width: 3, after: ".", to: &text)
    text += "Z"
    return text
  }

  private static func floorDivide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func append(
    _ value: Int64, width: Int, after separator: String, to text: inout String
  ) {
    let digits = String(value)
    text += separator
    for _ in 0..<max(0, width - digits.utf8.count) { text += "0" }
    text += digits
  }

  /// The proleptic Gregorian date of a day number.
  ///
  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`,
  /// whose years begin in March so that the leap day comes last.
  private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(daysSinceEpoch + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
