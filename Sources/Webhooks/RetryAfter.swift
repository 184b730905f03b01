import Glibc

/// The `Retry-After` header (RFC 9110 section 10.2.3).
enum RetryAfter {
  /// Longer delays than a day are shortened to one.
  private static let most = 86_400

  /// The delay that the header asks for; nil if it cannot be read or is over.
  ///
  /// - Parameter now: Unix seconds
  static func delay(_ text: String, now: Int) -> Duration? {
    if let digits = text.wholeMatch(of: /[ \t]*([0-9]+)[ \t]*/)?.1 {
      // A number with more digits than an integer holds asks for a long time, too.
      return .seconds(min(Int(digits) ?? most, most))
    }
    guard let date = unixSeconds(text, now: now), date > now else { return nil }
    return .seconds(min(date - now, most))
  }

  /// Reads the three forms of a date that RFC 9110 section 5.6.7 asks recipients to read.
  private static func unixSeconds(_ text: String, now: Int) -> Int? {
    let common = /[A-Z][a-z]+, ([0-9]{2})[ -]([A-Z][a-z]{2})[ -]([0-9]{2}|[0-9]{4}) ([0-9:]{8}) GMT/
    if let match = text.wholeMatch(of: common) {
      let year = fullYear(match.3, now: now)
      return unixSeconds(year: year, month: match.2, day: match.1, time: match.4)
    }
    let asctime = /[A-Z][a-z]{2} ([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9:]{8}) ([0-9]{4})/
    if let match = text.wholeMatch(of: asctime) {
      return unixSeconds(year: Int(match.4), month: match.1, day: match.2, time: match.3)
    }
    return nil
  }

  /// Two digits mean the latest year that ends with them and is at most 50 years ahead.
  private static func fullYear(_ digits: Substring, now: Int) -> Int? {
    guard digits.count == 2, let year = Int(digits) else { return Int(digits) }
    let last = 1970 + now / 31_556_952 + 50
    return last - (last - year) % 100
  }

  private static func unixSeconds(
    year: Int?, month: Substring, day: Substring, time: Substring
  ) -> Int? {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let clock = time.split(separator: ":").filter { $0.count == 2 }.compactMap { Int($0) }
    guard let year, let month = months.firstIndex(of: String(month)), let day = Int32(day),
      clock.count == 3, clock[0] < 24, clock[1] < 60, clock[2] < 61
    else { return nil }
    var date = tm()
    (date.tm_year, date.tm_mon, date.tm_mday) = (Int32(year - 1900), Int32(month), day)
    let midnight = timegm(&date)
    // A date such as 30 February has become a day of March.
    guard date.tm_mday == day else { return nil }
    return midnight + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }
}
