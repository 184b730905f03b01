import Testing

@testable import Webhooks

@Suite("Endpoint URLs") struct EndpointURLTests {
  static let label63 = String(repeating: "a", count: 63)
  static let name253 = [label63, label63, label63, String(repeating: "b", count: 61)]
    .joined(separator: ".")

  static let accepted:
    [(
      url: String, scheme: EndpointURL.Scheme, host: String, port: UInt16, target: String,
      authority: String
    )] = [
      ("https://example.com", .https, "example.com", 443, "/", "example.com"),
      ("https://example.com/", .https, "example.com", 443, "/", "example.com"),
      ("HTTPS://Example.COM/A", .https, "example.com", 443, "/A", "example.com"),
      ("http://example.com/a", .http, "example.com", 80, "/a", "example.com"),
      ("http://example.com:443/", .http, "example.com", 443, "/", "example.com:443"),
      ("https://example.com:443/a", .https, "example.com", 443, "/a", "example.com"),
      ("https://example.com:1", .https, "example.com", 1, "/", "example.com:1"),
      ("https://example.com:65535/", .https, "example.com", 65535, "/", "example.com:65535"),
      ("https://example.com?a=b", .https, "example.com", 443, "/?a=b", "example.com"),
      ("https://example.com?", .https, "example.com", 443, "/?", "example.com"),
      ("https://example.com:8443?a", .https, "example.com", 8443, "/?a", "example.com:8443"),
      ("https://e.com/a/../b//c", .https, "e.com", 443, "/a/../b//c", "e.com"),
      ("https://e.com/a?b?c/d:e@f", .https, "e.com", 443, "/a?b?c/d:e@f", "e.com"),
      ("https://e.com/%2e%2E%00%0d%0A", .https, "e.com", 443, "/%2e%2E%00%0d%0A", "e.com"),
      ("https://e.com/?a[]=1", .https, "e.com", 443, "/?a[]=1", "e.com"),
      ("https://e.com/~a!$&'()*+,;=_-.", .https, "e.com", 443, "/~a!$&'()*+,;=_-.", "e.com"),
      ("https://localhost/", .https, "localhost", 443, "/", "localhost"),
      ("https://my_host.example/", .https, "my_host.example", 443, "/", "my_host.example"),
      ("https://_a_.example/", .https, "_a_.example", 443, "/", "_a_.example"),
      ("https://a--b.example/", .https, "a--b.example", 443, "/", "a--b.example"),
      ("https://XN--BCHER-KVA.de/", .https, "xn--bcher-kva.de", 443, "/", "xn--bcher-kva.de"),
      ("https://1.example/", .https, "1.example", 443, "/", "1.example"),
      ("https://127.0.0.1.eu/", .https, "127.0.0.1.eu", 443, "/", "127.0.0.1.eu"),
      ("https://0x7f.example/", .https, "0x7f.example", 443, "/", "0x7f.example"),
      ("https://1a/", .https, "1a", 443, "/", "1a"),
      ("https://\(label63).a/", .https, "\(label63).a", 443, "/", "\(label63).a"),
      ("https://\(name253)/", .https, name253, 443, "/", name253),
      ("https://8.8.8.8:8443/a", .https, "8.8.8.8", 8443, "/a", "8.8.8.8:8443"),
      ("https://[2606:4700::1111]", .https, "2606:4700::1111", 443, "/", "[2606:4700::1111]"),
      ("https://[2A00:0:0::1]:99/", .https, "2a00::1", 99, "/", "[2a00::1]:99"),
      (
        "https://[::FFFF:a00:1]/", .https, "::ffff:10.0.0.1", 443, "/", "[::ffff:10.0.0.1]"
      ),
    ]

  @Test("An acceptable URL is taken apart and kept as given") func accepts() throws {
    for expected in Self.accepted {
      let url = try EndpointURL(expected.url, allowHTTP: true)
      #expect(url.scheme == expected.scheme)
      #expect(url.host == expected.host)
      #expect(url.port == expected.port)
      #expect(url.target == expected.target)
      #expect(url.authority == expected.authority)
      #expect(url.description == expected.url)
      #expect(url.address == IPAddress(expected.host))
    }
  }

  static let refused: [(error: EndpointURLError, urls: [String])] = [
    (
      .unsupportedScheme(httpAllowed: false),
      [
        "", "example.com", "//example.com/", "https:example.com", "https:/example.com",
        "://example.com", "http://example.com/", "HTTP://example.com/", "ftp://example.com/",
        "file:///etc/passwd", "javascript:alert(1)", "httpss://example.com/",
      ]
    ),
    (.missingHost, ["https://", "https:///a", "https://?a", "https://:443/"]),
    (
      .fragment,
      [
        "https://example.com/#a", "https://example.com#", "https://example.com?a#b",
        "https://#@example.com/",
      ]
    ),
    (
      .userInfo,
      [
        "https://user@example.com/", "https://user:pass@example.com/", "https://@example.com/",
        "https://:@example.com/", "https://example.com@10.0.0.1/", "https://a@b@c/",
      ]
    ),
    (
      .badPort,
      [
        "https://example.com:/", "https://example.com:0/", "https://example.com:65536/",
        "https://example.com:99999999999999999999/", "https://example.com:-1/",
        "https://example.com:+443/", "https://example.com:0443/", "https://example.com:443a/",
        "https://example.com:%34/", "https://[2606:4700::1111]:/", "https://[2606:4700::1111]443/",
        "https://[2606:4700::1111].example/", "https://[[::1]]/",
      ]
    ),
    (.zoneID, ["https://[fe80::1%eth0]/", "https://[fe80::1%25eth0]/", "https://[::1%1]/"]),
    (
      .notASCII,
      [
        "https://\u{ff11}27.0.0.1/", "https://127\u{3002}0\u{3002}0\u{3002}1/",
        "https://\u{2460}.2.3.4/", "https://b\u{fc}cher.example/", "https://example.com/\u{e9}",
        "https://example.com\u{ff0f}a", "https://exam\u{200b}ple.com/",
        "https://example.com\u{a0}/",
      ]
    ),
    (
      .backslash,
      [
        "https://example.com\\@10.0.0.1/", "https:\\\\example.com/", "https://example.com/a\\b",
      ]
    ),
    (
      .whiteSpace,
      [
        " https://example.com/", "https://example.com/ ", "https://exam ple.com/",
        "https://exam\tple.com/", "https://example.com/a\tb", "https://example.com/\r\nHost: a",
        "ht\ntps://example.com/",
      ]
    ),
    (
      .controlCharacter,
      [
        "https://example.com/\0", "https://127.0.0.1\0.example.com/", "https://example.com/\u{1b}",
        "https://example.com/\u{7f}",
      ]
    ),
    (.unencodedCharacter("<"), ["https://example.com/<a>"]),
    (.unencodedCharacter("{"), ["https://example.com/{id}"]),
    (.unencodedCharacter("|"), ["https://example.com/a|b"]),
    (.unencodedCharacter("\""), ["https://example.com/\""]),
    (
      .badPercentEncoding,
      [
        "https://example.com/%", "https://example.com/%4", "https://example.com/%zz",
        "https://example.com/%%41", "https://example.com?a=%4",
      ]
    ),
    (
      .badHostName("it must not end with a dot"),
      [
        "https://example.com./", "https://localhost./", "https://127.0.0.1./", "https://./",
      ]
    ),
    (
      emptyOrLongLabel,
      [
        "https://.example.com/", "https://a..example.com/", "https://\(label63)a.example/",
      ]
    ),
    (.badHostName("it must have at most 253 characters"), ["https://\(name253)b/"]),
    (hyphen, ["https://-a.example/", "https://a-.example/", "https://-/"]),
    (
      character,
      [
        "https://exa%6dple.com/", "https://127.0.0.%31/", "https://example.com,a/",
        "https://ex*mple.com/", "https://a]/",
      ]
    ),
  ]
  static let emptyOrLongLabel = EndpointURLError.badHostName(
    "each part between dots must have 1 to 63 characters")
  static let hyphen = EndpointURLError.badHostName("no part may begin or end with a hyphen")
  static let character = EndpointURLError.badHostName(
    "it must consist of letters, digits, hyphens and dots")

  @Test("An unacceptable URL is refused for its reason") func refuses() {
    for (error, urls) in Self.refused {
      for url in urls { #expect(throws: error, "\(url)") { try EndpointURL(url) } }
    }
  }

  @Test(
    "A host that ends in a number is four decimal numbers or refused",
    arguments: [
      "127.1", "127.0.1", "2130706433", "0", "0x7f.1", "0X7F000001", "0x", "1.2.3.0x4",
      "0177.0.0.1", "127.0.0.01", "017700000001", "256.1.1.1", "1.2.3.4.5", "127..1",
      "example.123",
    ])
  func badIPv4Address(host: String) {
    let error = EndpointURLError.badIPv4Address(host.lowercased())
    #expect(throws: error) { try EndpointURL("https://\(host)/") }
  }

  @Test(
    "A host with two colons or a bracket is an IPv6 address in brackets or refused",
    arguments: [
      "example.com:80:443", "2606:4700::1111", "::1", "[::1", "[]", "[127.0.0.1]", "[1:2:3]",
      "[::ffff:127.1]", "[::ffff:0x7f.0.0.1]", "[v1.fe80]",
    ])
  func badIPv6Address(host: String) {
    #expect(throws: EndpointURLError.badIPv6Address(host)) { try EndpointURL("https://\(host)") }
  }

  @Test("Every reason is a line of its own that begins with what is wrong")
  func wording() {
    let errors = Self.refused.map(\.error) + [.badIPv4Address("1"), .badIPv6Address("::1")]
    for text in errors.map(\.description) {
      #expect(text.hasPrefix("the URL") && !text.contains("\n") && !text.hasSuffix("."))
    }
    #expect(
      EndpointURLError.unsupportedScheme(httpAllowed: true).description
        == "the URL must begin with https:// or http://")
    #expect(
      EndpointURLError.refusedAddress("10.0.0.1 is in 10.0.0.0/8 (private use)").description
        == "the URL's host is not allowed: 10.0.0.1 is in 10.0.0.0/8 (private use)")
  }

  @Test("A URL may have 2,048 characters and no more")
  func length() throws {
    let base = "https://example.com/"
    let longest = base + String(repeating: "a", count: 2048 - base.count)
    #expect(try EndpointURL(longest).description.count == 2048)
    #expect(throws: EndpointURLError.tooLong(2049)) { try EndpointURL(longest + "a") }
  }
}
