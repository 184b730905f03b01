#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The `Retry-After` header (RFC 9110 section 10.2.3).
enum RetryAfter {
  /// Longer wishes than a day are cut.
  private static let most = 86_400

  /// How long the header asks to wait; nil if it cannot be read, or is over.
  ///
  /// - Parameter now: Unix seconds
  static func delay(_ text: String, now: Int) -> Duration? {
    if let digits = text.wholeMatch(of: /[ \t]*([0-9]+)[ \t]*/)?.1 {
      // More digits than a number holds ask for a long time too.
      return .seconds(min(Int(digits) ?? most, most))
    }
    guard let date = unixSeconds(text), date > now else { return nil }
    return .seconds(min(date - now, most))
  }

  /// Reads the three forms of a date that RFC 9110 section 5.6.7 asks recipients to read.
  private static func unixSeconds(_ text: String) -> Int? {
    let common = /[A-Z][a-z]+, ([0-9]{2})[ -]([A-Z][a-z]{2})[ -]([0-9]{2}|[0-9]{4}) ([0-9:]{8}) GMT/
    if let match = text.wholeMatch(of: common) {
      return unixSeconds(year: match.3, month: match.2, day: match.1, time: match.4)
    }
    let asctime = /[A-Z][a-z]{2} ([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9:]{8}) ([0-9]{4})/
    if let match = text.wholeMatch(of: asctime) {
      return unixSeconds(year: match.4, month: match.1, day: match.2, time: match.3)
    }
    return nil
  }

  private static func unixSeconds(
    year: Substring, month: Substring, day: Substring, time: Substring
  ) -> Int? {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let clock = time.split(separator: ":").compactMap { Int32($0) }
    guard let year = Int32(year), let month = months.firstIndex(of: String(month)),
      let day = Int32(day), (1...31).contains(day), clock.count == 3, clock[0] < 24, clock[1] < 60,
      clock[2] < 61
    else { return nil }
    var date = tm()
    // RFC 850's years have two digits.
    date.tm_year = year < 70 ? year + 100 : year < 100 ? year : year - 1900
    date.tm_mon = Int32(month)
    date.tm_mday = day
    (date.tm_hour, date.tm_min, date.tm_sec) = (clock[0], clock[1], clock[2])
    return timegm(&date)
  }
}
