import Glibc
import TestSupport
import Testing

@testable import Webhooks

/// Headers made by chance, from a seed that a failure shows.
@Suite struct RetryAfterFuzzTests {
  private var generator = SeededGenerator()

  private func seed(_ what: String) -> Testing.Comment {
    "seed \(SeededGenerator.seed): \(what.debugDescription)"
  }

  /// The three forms of RFC 9110, section 5.6.7.
  private func written(_ seconds: Int) -> [String] {
    var (seconds, date) = (seconds, tm())
    gmtime_r(&seconds, &date)
    return ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
      .map { format in
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
          let count = strftime(buffer.baseAddress, buffer.count, format, &date)
          return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
      }
  }

  /// Unix seconds from 2000 to 2099.
  private mutating func moment() -> Int {
    .random(in: 946_684_800...4_102_444_799, using: &generator)
  }

  @Test("A date in any of its forms is waited for, if it is not over, for a day at most")
  mutating func dates() {
    for _ in 0..<3000 {
      let now = moment()
      // Within 49 years, where two digits say which year is meant; often within a day.
      let reach = generator.pick(["2", "90000", "1546300000"])
      let distance = Int(reach) ?? 0
      let date = now + .random(in: -distance...distance, using: &generator)
      let expected: Duration? = date > now ? .seconds(min(date - now, 86_400)) : nil
      for text in written(date) {
        #expect(RetryAfter.delay(text, now: now) == expected, seed("\(text) at \(now)"))
      }
    }
  }

  @Test("Years of four digits are taken as they are")
  mutating func years() {
    for _ in 0..<2000 {
      let year = Int.random(in: 0...9999, using: &generator)
      let digits = String(repeating: "0", count: 4 - String(year).count) + String(year)
      let delay = RetryAfter.delay("Mon, 02 Jan \(digits) 03:04:05 GMT", now: moment())
      if year < 2000 { #expect(delay == nil, seed(digits)) }
      if year > 2099 { #expect(delay == .seconds(86_400), seed(digits)) }
    }
  }

  @Test("Days that a month does not have are no date")
  mutating func days() {
    for _ in 0..<3000 {
      let year = Int.random(in: 2000...2400, using: &generator)
      let (month, length) =
        [
          ("Feb", year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28), ("Apr", 30),
          ("Dec", 31),
        ].randomElement(using: &generator) ?? ("", 0)
      let day = Int.random(in: 27...33, using: &generator)
      let text = "Mon, \(day) \(month) \(year) 23:59:60 GMT"
      #expect((RetryAfter.delay(text, now: 0) != nil) == (day <= length), seed(text))
    }
  }

  @Test("A number of seconds is waited for, a day at most")
  mutating func seconds() {
    for _ in 0..<5000 {
      let digits = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
        generator.pick(["0", "0", "0", "1", "2", "8", "9"])
      }.joined()
      let number = digits.drop { $0 == "0" }
      let expected = number.count > 5 ? 86_400 : min(Int(number) ?? 0, 86_400)
      let text = generator.pick(["", " ", "\t"]) + digits + generator.pick(["", " ", "\t "])
      #expect(RetryAfter.delay(text, now: moment()) == .seconds(expected), seed(text))
    }
  }

  @Test("What is read has one of the forms, and asks for a day at most")
  mutating func anything() {
    let forms = [
      /[ \t]*\d+[ \t]*/, /[A-Z][a-z]+, \d\d[ -][A-Z][a-z]{2}[ -]\d\d(?:\d\d)? (?:\d\d:){2}\d\d GMT/,
      /[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} (?:\d\d:){2}\d\d \d{4}/,
    ].map { $0.asciiOnlyDigits() }
    var read = 0
    for _ in 0..<5000 {
      let now = moment()
      let original =
        Bool.random(using: &generator) ? "\(now % 100_000)" : generator.pick(written(now + 5))
      let text = generator.spoiled(original, 1...2, with: "0123456789 :,-+GMT\t")
      guard let delay = RetryAfter.delay(text, now: now) else { continue }
      read += 1
      #expect((.zero ... .seconds(86_400)).contains(delay), seed(text))
      #expect(forms.contains { text.wholeMatch(of: $0) != nil }, seed(text))
    }
    #expect(read > 500)
  }
}
