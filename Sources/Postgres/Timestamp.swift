/// A moment with PostgreSQL's precision: microseconds since 2000-01-01 00:00:00 UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
  public var microsecondsSince2000: Int64

  public init(microsecondsSince2000: Int64) {
    self.microsecondsSince2000 = microsecondsSince2000
  }

  /// Microseconds since 1970-01-01 00:00:00 UTC. PostgreSQL's `infinity` stays the greatest number.
  public var microsecondsSince1970: Int64 {
    let (sum, isTooLarge) = microsecondsSince2000.addingReportingOverflow(946_684_800_000_000)
    return isTooLarge ? .max : sum
  }

  public static func < (a: Self, b: Self) -> Bool {
    a.microsecondsSince2000 < b.microsecondsSince2000
  }

  /// Calls `body` with the 24 bytes of RFC 3339 in UTC with milliseconds, cut, not rounded:
  /// `2026-03-17T09:30:00.000Z`. Years outside 0–9999 are clamped to that range.
  public func withRFC3339<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    let limits: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
    let raw = microsecondsSince1970
    let flooredMs = raw >= 0 ? raw / 1000 : -((-(raw + 1)) / 1000) - 1
    let ms = min(max(flooredMs, limits.lowerBound), limits.upperBound)
    let day = ms >= 0 ? ms / 86_400_000 : -((-(ms + 1)) / 86_400_000) - 1
    let inDay = Int(ms - day * 86_400_000)
    let (year, month, dayOfMonth) = Self.civil(day)
    return withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { out in
      func put(_ value: Int, _ at: Int, _ digits: Int) {
        var value = value
        for i in stride(from: at + digits - 1, through: at, by: -1) {
          out[i] = UInt8(48 + value % 10)
          value /= 10
        }
      }
      put(year, 0, 4)
      put(month, 5, 2)
      put(dayOfMonth, 8, 2)
      put(inDay / 3_600_000, 11, 2)
      put(inDay / 60_000 % 60, 14, 2)
      put(inDay / 1000 % 60, 17, 2)
      put(inDay % 1000, 20, 3)
      (out[4], out[7], out[10]) = (45, 45, 84)
      (out[13], out[16], out[19], out[23]) = (58, 58, 46, 90)
      return body(UnsafeRawBufferPointer(out))
    }
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
  public var description: String { withRFC3339 { String(decoding: $0, as: UTF8.self) } }
}
