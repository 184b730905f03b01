import Glibc
import TestSupport
import Testing

@testable import Webhooks

/// Random headers, from a seed that a failure prints.
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
