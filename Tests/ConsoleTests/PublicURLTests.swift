import Testing

@testable import Console

@Suite struct PublicURLTests {
  @Test(
    "A URL without a path is an origin",
    arguments: [
      ("https://help.example.com", "https://help.example.com", true),
      ("https://Help.Example.com/", "https://help.example.com", true),
      ("https://help.example.com:443", "https://help.example.com", true),
      ("https://help.example.com:8443", "https://help.example.com:8443", true),
      ("http://127.0.0.1:8080", "http://127.0.0.1:8080", false),
      ("http://[::1]:80/", "http://[::1]", false),
    ])
  func origin(text: String, origin: String, isSecure: Bool) {
    #expect(PublicURL(text)?.origin == origin)
    #expect(PublicURL(text)?.isSecure == isSecure)
  }

  @Test(
    "Anything else is none",
    arguments: [
      "", "help.example.com", "ftp://x.example", "https://", "https:///", "https://x.example/help",
      "https://u@x.example", "https://x.example?a", "https://x.example#a", "https://x.example:",
      "https://x.example:0", "https://x.example:99999", "https://x y.example", "https://:1",
      "https://a:b:1", "https://[::1", "https://::1]", "https://[a]", "https://x..y", "https://x.",
      "https://-x.example",
    ])
  func refused(text: String) { #expect(PublicURL(text) == nil) }
}
