import Testing

@testable import Webhooks

@Suite("Endpoint URLs") struct EndpointURLTests {
  struct Accepted: Sendable, CustomTestStringConvertible {
    let url: String
    let scheme: EndpointURL.Scheme
    let host: String
    let port: UInt16
    let target: String
    let authority: String

    init(
      _ url: String, _ scheme: EndpointURL.Scheme, _ host: String, _ port: UInt16,
      _ target: String, _ authority: String
    ) {
      self.url = url
      self.scheme = scheme
      self.host = host
      self.port = port
      self.target = target
      self.authority = authority
    }

    var testDescription: String { url }
  }

  static let label63 = String(repeating: "a", count: 63)
  static let name253 = [label63, label63, label63, String(repeating: "b", count: 61)]
    .joined(separator: ".")

  static let accepted: [Accepted] = [
    Accepted("https://example.com", .https, "example.com", 443, "/", "example.com"),
    Accepted("https://example.com/", .https, "example.com", 443, "/", "example.com"),
    Accepted("HTTPS://Example.COM/A", .https, "example.com", 443, "/A", "example.com"),
    Accepted("http://example.com/a", .http, "example.com", 80, "/a", "example.com"),
    Accepted("http://example.com:443/", .http, "example.com", 443, "/", "example.com:443"),
    Accepted("https://example.com:443/a", .https, "example.com", 443, "/a", "example.com"),
    Accepted("https://example.com:1", .https, "example.com", 1, "/", "example.com:1"),
    Accepted("https://example.com:65535/", .https, "example.com", 65535, "/", "example.com:65535"),
    Accepted("https://example.com?a=b", .https, "example.com", 443, "/?a=b", "example.com"),
    Accepted("https://example.com?", .https, "example.com", 443, "/?", "example.com"),
    Accepted("https://example.com:8443?a", .https, "example.com", 8443, "/?a", "example.com:8443"),
    Accepted("https://e.com/a/../b//c", .https, "e.com", 443, "/a/../b//c", "e.com"),
    Accepted("https://e.com/a?b?c/d:e@f", .https, "e.com", 443, "/a?b?c/d:e@f", "e.com"),
    Accepted("https://e.com/%2e%2E%00%0d%0A", .https, "e.com", 443, "/%2e%2E%00%0d%0A", "e.com"),
    Accepted("https://e.com/?a[]=1", .https, "e.com", 443, "/?a[]=1", "e.com"),
    Accepted("https://e.com/~a!$&'()*+,;=_-.", .https, "e.com", 443, "/~a!$&'()*+,;=_-.", "e.com"),
    Accepted("https://localhost/", .https, "localhost", 443, "/", "localhost"),
    Accepted("https://my_host.example/", .https, "my_host.example", 443, "/", "my_host.example"),
    Accepted("https://_a_.example/", .https, "_a_.example", 443, "/", "_a_.example"),
    Accepted("https://a--b.example/", .https, "a--b.example", 443, "/", "a--b.example"),
    Accepted("https://XN--BCHER-KVA.de/", .https, "xn--bcher-kva.de", 443, "/", "xn--bcher-kva.de"),
    Accepted("https://1.example/", .https, "1.example", 443, "/", "1.example"),
    Accepted("https://127.0.0.1.eu/", .https, "127.0.0.1.eu", 443, "/", "127.0.0.1.eu"),
    Accepted("https://0x7f.example/", .https, "0x7f.example", 443, "/", "0x7f.example"),
    Accepted("https://1a/", .https, "1a", 443, "/", "1a"),
    Accepted("https://\(label63).a/", .https, "\(label63).a", 443, "/", "\(label63).a"),
    Accepted("https://\(name253)/", .https, name253, 443, "/", name253),
    Accepted("https://8.8.8.8:8443/a", .https, "8.8.8.8", 8443, "/a", "8.8.8.8:8443"),
    Accepted("https://[2606:4700::1111]", .https, "2606:4700::1111", 443, "/", "[2606:4700::1111]"),
    Accepted("https://[2A00:0:0::1]:99/", .https, "2a00::1", 99, "/", "[2a00::1]:99"),
    Accepted(
      "https://[::FFFF:a00:1]/", .https, "::ffff:10.0.0.1", 443, "/", "[::ffff:10.0.0.1]"),
  ]

  @Test("An acceptable URL is taken apart and kept as given", arguments: accepted)
  func accepts(_ expected: Accepted) throws {
    let url = try EndpointURL(expected.url, allowHTTP: true)
    #expect(url.scheme == expected.scheme)
    #expect(url.host == expected.host)
    #expect(url.port == expected.port)
    #expect(url.target == expected.target)
    #expect(url.authority == expected.authority)
    #expect(url.description == expected.url)
    #expect(url.address == IPAddress(expected.host))
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    let url: String
    let error: EndpointURLError

    init(_ url: String, _ error: EndpointURLError) {
      self.url = url
      self.error = error
    }

    var testDescription: String { url.debugDescription }
  }

  static let refused: [Refused] = [
    Refused("", .unsupportedScheme(httpAllowed: false)),
    Refused("example.com", .unsupportedScheme(httpAllowed: false)),
    Refused("//example.com/", .unsupportedScheme(httpAllowed: false)),
    Refused("https:example.com", .unsupportedScheme(httpAllowed: false)),
    Refused("https:/example.com", .unsupportedScheme(httpAllowed: false)),
    Refused("://example.com", .unsupportedScheme(httpAllowed: false)),
    Refused("http://example.com/", .unsupportedScheme(httpAllowed: false)),
    Refused("HTTP://example.com/", .unsupportedScheme(httpAllowed: false)),
    Refused("ftp://example.com/", .unsupportedScheme(httpAllowed: false)),
    Refused("file:///etc/passwd", .unsupportedScheme(httpAllowed: false)),
    Refused("javascript:alert(1)", .unsupportedScheme(httpAllowed: false)),
    Refused("httpss://example.com/", .unsupportedScheme(httpAllowed: false)),
    Refused("https://", .missingHost),
    Refused("https:///a", .missingHost),
    Refused("https://?a", .missingHost),
    Refused("https://:443/", .missingHost),
    Refused("https://example.com/#a", .fragment),
    Refused("https://example.com#", .fragment),
    Refused("https://example.com?a#b", .fragment),
    Refused("https://#@example.com/", .fragment),
    Refused("https://user@example.com/", .userInfo),
    Refused("https://user:pass@example.com/", .userInfo),
    Refused("https://@example.com/", .userInfo),
    Refused("https://:@example.com/", .userInfo),
    Refused("https://example.com@10.0.0.1/", .userInfo),
    Refused("https://a@b@c/", .userInfo),
    Refused("https://example.com:/", .badPort),
    Refused("https://example.com:0/", .badPort),
    Refused("https://example.com:65536/", .badPort),
    Refused("https://example.com:99999999999999999999/", .badPort),
    Refused("https://example.com:-1/", .badPort),
    Refused("https://example.com:+443/", .badPort),
    Refused("https://example.com:0443/", .badPort),
    Refused("https://example.com:443a/", .badPort),
    Refused("https://example.com:%34/", .badPort),
    Refused("https://[2606:4700::1111]:/", .badPort),
    Refused("https://[2606:4700::1111]443/", .badPort),
    Refused("https://[2606:4700::1111].example/", .badPort),
    Refused("https://example.com:80:443/", .badIPv6Address("example.com:80:443")),
    Refused("https://2606:4700::1111/", .badIPv6Address("2606:4700::1111")),
    Refused("https://::1/", .badIPv6Address("::1")),
    Refused("https://[::1", .badIPv6Address("[::1")),
    Refused("https://[]/", .badIPv6Address("[]")),
    Refused("https://[127.0.0.1]/", .badIPv6Address("[127.0.0.1]")),
    Refused("https://[1:2:3]/", .badIPv6Address("[1:2:3]")),
    Refused("https://[::ffff:127.1]/", .badIPv6Address("[::ffff:127.1]")),
    Refused("https://[::ffff:0x7f.0.0.1]/", .badIPv6Address("[::ffff:0x7f.0.0.1]")),
    Refused("https://[v1.fe80]/", .badIPv6Address("[v1.fe80]")),
    Refused("https://[[::1]]/", .badPort),
    Refused("https://[fe80::1%eth0]/", .zoneID),
    Refused("https://[fe80::1%25eth0]/", .zoneID),
    Refused("https://[::1%1]/", .zoneID),
    Refused("https://127.1/", .badIPv4Address("127.1")),
    Refused("https://127.0.1/", .badIPv4Address("127.0.1")),
    Refused("https://2130706433/", .badIPv4Address("2130706433")),
    Refused("https://0/", .badIPv4Address("0")),
    Refused("https://0x7f.1/", .badIPv4Address("0x7f.1")),
    Refused("https://0X7F000001/", .badIPv4Address("0x7f000001")),
    Refused("https://0x/", .badIPv4Address("0x")),
    Refused("https://1.2.3.0x4/", .badIPv4Address("1.2.3.0x4")),
    Refused("https://0177.0.0.1/", .badIPv4Address("0177.0.0.1")),
    Refused("https://127.0.0.01/", .badIPv4Address("127.0.0.01")),
    Refused("https://017700000001/", .badIPv4Address("017700000001")),
    Refused("https://256.1.1.1/", .badIPv4Address("256.1.1.1")),
    Refused("https://1.2.3.4.5/", .badIPv4Address("1.2.3.4.5")),
    Refused("https://127..1/", .badIPv4Address("127..1")),
    Refused("https://example.123/", .badIPv4Address("example.123")),
    Refused("https://\u{ff11}27.0.0.1/", .notASCII),
    Refused("https://127\u{3002}0\u{3002}0\u{3002}1/", .notASCII),
    Refused("https://\u{2460}.2.3.4/", .notASCII),
    Refused("https://b\u{fc}cher.example/", .notASCII),
    Refused("https://example.com/\u{e9}", .notASCII),
    Refused("https://example.com\u{ff0f}a", .notASCII),
    Refused("https://exam\u{200b}ple.com/", .notASCII),
    Refused("https://example.com\u{a0}/", .notASCII),
    Refused("https://example.com\\@10.0.0.1/", .backslash),
    Refused("https:\\\\example.com/", .backslash),
    Refused("https://example.com/a\\b", .backslash),
    Refused(" https://example.com/", .whiteSpace),
    Refused("https://example.com/ ", .whiteSpace),
    Refused("https://exam ple.com/", .whiteSpace),
    Refused("https://exam\tple.com/", .whiteSpace),
    Refused("https://example.com/a\tb", .whiteSpace),
    Refused("https://example.com/\r\nHost: a", .whiteSpace),
    Refused("ht\ntps://example.com/", .whiteSpace),
    Refused("https://example.com/\0", .controlCharacter),
    Refused("https://127.0.0.1\0.example.com/", .controlCharacter),
    Refused("https://example.com/\u{1b}", .controlCharacter),
    Refused("https://example.com/\u{7f}", .controlCharacter),
    Refused("https://example.com/<a>", .unencodedCharacter("<")),
    Refused("https://example.com/{id}", .unencodedCharacter("{")),
    Refused("https://example.com/a|b", .unencodedCharacter("|")),
    Refused("https://example.com/\"", .unencodedCharacter("\"")),
    Refused("https://example.com/%", .badPercentEncoding),
    Refused("https://example.com/%4", .badPercentEncoding),
    Refused("https://example.com/%zz", .badPercentEncoding),
    Refused("https://example.com/%%41", .badPercentEncoding),
    Refused("https://example.com?a=%4", .badPercentEncoding),
    Refused("https://example.com./", .badHostName("it must not end with a dot")),
    Refused("https://localhost./", .badHostName("it must not end with a dot")),
    Refused("https://127.0.0.1./", .badHostName("it must not end with a dot")),
    Refused("https://./", .badHostName("it must not end with a dot")),
    Refused("https://.example.com/", emptyOrLongLabel),
    Refused("https://a..example.com/", emptyOrLongLabel),
    Refused("https://\(label63)a.example/", emptyOrLongLabel),
    Refused("https://\(name253)b/", .badHostName("it must have at most 253 characters")),
    Refused("https://-a.example/", hyphen),
    Refused("https://a-.example/", hyphen),
    Refused("https://-/", hyphen),
    Refused("https://exa%6dple.com/", character),
    Refused("https://127.0.0.%31/", character),
    Refused("https://example.com,a/", character),
    Refused("https://ex*mple.com/", character),
    Refused("https://a]/", character),
  ]

  static let emptyOrLongLabel = EndpointURLError.badHostName(
    "each part between dots must have 1 to 63 characters")
  static let hyphen = EndpointURLError.badHostName("no part may begin or end with a hyphen")
  static let character = EndpointURLError.badHostName(
    "it must be made of letters, digits, hyphens and dots")

  @Test("An unacceptable URL is refused for its reason", arguments: refused)
  func refuses(_ expected: Refused) {
    #expect(throws: expected.error) { try EndpointURL(expected.url) }
  }

  @Test("Every reason is a line of its own that begins with what is wrong")
  func wording() {
    let texts = Self.refused.map(\.error.description)
    for text in texts {
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

  @Test("Cutting or changing any character of a URL never stops the process")
  func mutations() {
    let url = "https://[2606:4700::1111]:8443/a%20b?c=%41#d@e"
    for index in url.indices {
      _ = try? EndpointURL(String(url[..<index]), allowHTTP: true)
      _ = try? EndpointURL(String(url[index...]), allowHTTP: true)
      for replacement in ["", ":", "[", "]", "%", "@", "/", ".", "\0", "\u{301}", "0"] {
        let changed = url[..<index] + replacement + url[url.index(after: index)...]
        _ = try? EndpointURL(String(changed), allowHTTP: true)
      }
    }
  }
}
