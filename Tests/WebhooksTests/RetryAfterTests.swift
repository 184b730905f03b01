import Testing

@testable import Webhooks

@Suite("Retry-After") struct RetryAfterTests {
  /// Sun, 06 Nov 1994 08:49:37 GMT
  static let now = 784_111_777

  static let table: [(text: String, seconds: Int?)] = [
    ("0", 0), ("1", 1), ("120", 120), (" 7\t", 7), ("86401", 86_400),
    ("99999999999999999999999", 86_400),
    ("Sun, 06 Nov 1994 08:49:38 GMT", 1), ("Sun, 06 Nov 1994 08:49:37 GMT", nil),
    ("Sun, 06 Nov 1994 08:49:36 GMT", nil), ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
    ("Sun Nov  6 08:49:47 1994", 10), ("Sun Nov 16 08:49:47 1994", 86_400),
    ("Wed, 21 Oct 2099 07:28:00 GMT", 86_400), ("Sunday, 06-Nov-26 08:50:37 GMT", 86_400),
    ("", nil), ("-1", nil), ("+1", nil), ("1.5", nil), ("1 s", nil), ("soon", nil), ("1, 2", nil),
    ("Sun, 06 Nov 1994 08:49:38", nil), ("Sun, 06 Nov 1994 08:49:38 CET", nil),
    ("Sun, 31 Nov 1994 08:49:38 GMT", nil), ("Sun, 06 Nov 0094 08:49:38 GMT", nil),
    ("Sun, 06 Nov 1994 008:49:8 GMT", nil), ("Sunday, 06-Nov-44 08:49:38 GMT", 86_400),
    ("Sunday, 06-Nov-45 08:49:38 GMT", nil), ("Sun, 32 Nov 1994 08:49:38 GMT", nil),
    ("Sun, 06 Foo 1994 08:49:38 GMT", nil),
    ("Sun, 06 Nov 1994 25:49:38 GMT", nil), ("Sun, 06 Nov 1994 ::::::38 GMT", nil),
    ("\u{663}", nil), ("1\0", nil), ("0000000000000000000000012", 12),
    ("Mon, 29 Feb 2096 00:00:00 GMT", 86_400), ("Mon, 29 Feb 2097 00:00:00 GMT", nil),
    ("Mon, 29 Feb 2100 00:00:00 GMT", nil), ("Mon, 29 Feb 2400 00:00:00 GMT", 86_400),
    ("Mon, 31 Dec 9999 23:59:60 GMT", 86_400), ("Mon, 31 Apr 2099 00:00:00 GMT", nil),
  ]

  @Test("is read as seconds or as one of the three forms of a date", arguments: table)
  func delay(text: String, seconds: Int?) {
    #expect(RetryAfter.delay(text, now: Self.now) == seconds.map { .seconds($0) })
  }
}
