/// A time with PostgreSQL's precision: microseconds since 2000-01-01 00:00:00 UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
  public var microsecondsSince2000: Int64

  public init(microsecondsSince2000: Int64) {
    self.microsecondsSince2000 = microsecondsSince2000
  }

  /// Microseconds since 1970-01-01 00:00:00 UTC. PostgreSQL's `infinity` stays the largest number.
  public var microsecondsSince1970: Int64 {
    let (sum, isTooLarge) = microsecondsSince2000.addingReportingOverflow(946_684_800_000_000)
    return isTooLarge ? .max : sum
  }

  /// The same in milliseconds, truncated, not rounded.
  public var millisecondsSince1970: Int64 {
    let raw = microsecondsSince1970
    return raw >= 0 ? raw / 1000 : -((-(raw + 1)) / 1000) - 1
  }

  public static func < (a: Self, b: Self) -> Bool {
    a.microsecondsSince2000 < b.microsecondsSince2000
  }

  /// Bytes that `writeRFC3339` writes.
  public static let rfc3339Length = 24

  /// Writes RFC 3339 in UTC with milliseconds, cut, not rounded: `2026-03-17T09:30:00.000Z`. Years
  /// outside 0–9999 are clamped to that range.
  public func writeRFC3339(to out: UnsafeMutableRawBufferPointer) {
    let limits: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
    let ms = min(max(millisecondsSince1970, limits.lowerBound), limits.upperBound)
    let day = ms >= 0 ? ms / 86_400_000 : -((-(ms + 1)) / 86_400_000) - 1
    let inDay = Int(ms - day * 86_400_000)
    let (year, month, dayOfMonth) = Self.civil(day)
    func put(_ value: Int, _ at: Int) {
      out[at] = UInt8(truncatingIfNeeded: 48 + value / 10)
      out[at + 1] = UInt8(truncatingIfNeeded: 48 + value % 10)
    }
    put(year / 100, 0)
    put(year % 100, 2)
    put(month, 5)
    put(dayOfMonth, 8)
    put(inDay / 3_600_000, 11)
    put(inDay / 60_000 % 60, 14)
    put(inDay / 1000 % 60, 17)
    put(inDay / 10 % 100, 20)
    out[22] = UInt8(truncatingIfNeeded: 48 + inDay % 10)
    (out[4], out[7], out[10]) = (45, 45, 84)
    (out[13], out[16], out[19], out[23]) = (58, 58, 46, 90)
  }

  /// Reads an RFC 3339 time such as `2026-03-17T09:30:00.000Z` or `2026-03-17T10:30:00+01:00`, to the
  /// microsecond. A leap second counts as the first second of the next minute. Nil for anything else.
  public init?(rfc3339 text: String) {
    let form =
      /(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))/
      .asciiOnlyDigits()
    guard let match = text.wholeMatch(of: form)?.output, let year = Int(match.1),
      let month = Int(match.2), let day = Int(match.3), let hour = Int(match.4),
      let minute = Int(match.5), let second = Int(match.6), (1...12).contains(month), hour < 24,
      minute < 60, second < 61
    else { return nil }
    // The first day of the month and of the next, which give the number of days in the month.
    let first = Self.days(year, month)
    guard day >= 1, day <= Self.days(year, month + 1) - first else { return nil }
    var seconds = ((first + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    if let sign = match.8, let hours = match.9.flatMap({ Int($0) }),
      let minutes = match.10.flatMap({ Int($0) })
    {
      guard hours < 24, minutes < 60 else { return nil }
      seconds -= (hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
    }
    let fraction = match.7.map { $0.prefix(6) } ?? ""
    let microseconds = Int(fraction + String(repeating: "0", count: 6 - fraction.count)) ?? 0
    self.init(
      microsecondsSince2000: Int64(seconds) * 1_000_000 + Int64(microseconds) - 946_684_800_000_000)
  }

  /// Days from 1970-01-01 to the first day of a month, which may be the 13th of its year.
  private static func days(_ year: Int, _ month: Int) -> Int {
    // Years begin on March 1st here, so that leap days come last.
    let shifted = year + (month - 3 >= 0 ? 0 : -1)
    let monthOfYear = month >= 3 ? month - 3 : month + 9
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfEra =
      yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + (153 * monthOfYear + 2) / 5
    return era * 146_097 + dayOfEra - 719_468
  }

  /// Days since 1970-01-01 to the proleptic Gregorian calendar, counted in 400-year eras that begin
  /// on March 1st so that leap days come last.
  private static func civil(_ days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}

extension Timestamp: CustomStringConvertible {
  public var description: String {
    withUnsafeTemporaryAllocation(byteCount: Self.rfc3339Length, alignment: 1) {
      writeRFC3339(to: $0)
      return String(decoding: $0, as: UTF8.self)
    }
  }
}
