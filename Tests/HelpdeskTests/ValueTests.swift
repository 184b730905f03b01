import Postgres
import Testing

@testable import Helpdesk

@Suite struct ValueTests {
  @Test(
    "ids have one form",
    arguments: [
      ("cmws1dmoy4e23dc1626d8d2bc", true), ("", false), ("cmws1dmoy4e23dc1626d8d2b", false),
      ("cmws1dmoy4e23dc1626d8d2bcc", false), ("xmws1dmoy4e23dc1626d8d2bc", false),
      ("cmws1dmoy4e23dc1626d8d2bC", false), ("cmws1dmoy4e23dc1626d8d2b\u{0}", false),
      ("cmws1dmoy4e23dc1626d8d2\u{e9}", false),
    ])
  func identifiers(text: String, isID: Bool) {
    #expect((TicketID(text) != nil) == isID)
  }

  /// Texts and the addresses that they are.
  static let addresses: [(String, String?)] = [
    ("dev@example.com", "dev@example.com"), (" dev@example.com\n", "dev@example.com"),
    ("Ä@ö.ü", "Ä@ö.ü"), ("a@b.c", "a@b.c"), ("a@b", nil), ("a@b.", nil), ("a@.b", nil),
    ("a@b..c", nil), ("@b.c", nil), ("a@", nil), ("a", nil), ("", nil), ("a b@c.d", nil),
    ("<a@b.c>", nil), ("Ada <a@b.c>", nil), ("a@b.c>", nil), ("mailto:a@b.c", nil),
    ("MailTo:a@b.c", nil), ("mail.to@b.c", "mail.to@b.c"), ("a\u{200b}@b.c", nil),
    ("a@b.c\u{feff}", nil), ("\u{2060}a@b.c", nil), ("a@b\u{ad}.c", nil), ("a@b\u{3000}.c", nil),
    ("a\u{e0041}@b.c", nil), ("\u{a0}a@b.c\u{3000}", "a@b.c"),
    ("a@b@c.d", nil), ("a@b\u{a0}.c", nil), ("a\u{0}@b.c", nil),
    // An @ or a point with a combining mark after it.
    ("a@\u{301}b.c", "a@\u{301}b.c"), ("a@b@\u{301}c.d", nil), ("a@b.\u{301}", "a@b.\u{301}"),
    ("@\u{301}b.c", nil), ("a@b.\u{301}.", nil),
    (String(repeating: "a", count: 250) + "@b.c", String(repeating: "a", count: 250) + "@b.c"),
    (String(repeating: "a", count: 251) + "@b.c", nil),
  ]

  @Test(
    "e-mail addresses have one @, no white space, and a domain with a dot", arguments: addresses)
  func emails(text: String, address: String?) {
    #expect(EmailAddress(text)?.text == address)
  }

  @Test("scopes contain what they name, * all of them, and writing no reading")
  func scopes() {
    for scope in APIKey.Scope.allCases {
      #expect(APIKey.Scopes(["*"]).contains(scope))
      let only = APIKey.Scopes([scope.rawValue])
      #expect(APIKey.Scope.allCases.filter(only.contains) == [scope])
    }
  }

  @Test(
    "keys have one form",
    arguments: [
      ("th_" + String(repeating: "A", count: 43), true),
      ("th_" + String(repeating: "-", count: 43), true),
      ("th_" + String(repeating: "A", count: 42), false), ("", false),
      ("TH_" + String(repeating: "A", count: 43), false),
      ("th_" + String(repeating: "A", count: 42) + "=", false),
    ])
  func keys(text: String, isKey: Bool) throws {
    #expect((try APIKey.hash(ofKey: text) != nil) == isKey)
  }

  @Test(
    "seconds are rounded up, to at least one",
    arguments: [
      (60_000_000, 0, 60, 946_684_860), (60_000_001, 0, 61, 946_684_861),
      (60_000_000, 59_999_999, 1, 946_684_860), (60_000_000, 60_000_000, 1, 946_684_860),
    ] as [(Int64, Int64, Int64, Int64)])
  func resets(freesAt: Int64, at: Int64, seconds: Int64, unix: Int64) {
    let limit = RateLimitStatus(
      limit: 1, remaining: 0, freesAt: Timestamp(microsecondsSince2000: freesAt),
      at: Timestamp(microsecondsSince2000: at))
    #expect(limit.secondsUntilReset == seconds)
    #expect(limit.resetsAtUnixSeconds == unix)
  }
}
