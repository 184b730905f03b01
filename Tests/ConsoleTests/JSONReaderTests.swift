import Testing

@testable import Console

@Suite struct JSONReaderTests {
  @Test(
    "JSON comes out as it went in, members in their order",
    arguments: [
      "null", "true", "-1.5e3", "[]", "{}", "\"\"", "{\"b\": 1, \"a\": [1, {\"c\": null}]}",
      "\"\\\" \\\\ \\n \\t \\u0001 é 🌮\"",
    ])
  func roundTrip(text: String) throws {
    #expect(try JSONReader.read(text).line == text)
  }

  @Test(
    "escapes are read",
    arguments: [("\"\\u00e9\\/\"", "é/"), ("\"\\r\\b\\f\"", "\r\u{8}\u{c}")])
  func escapes(text: String, expected: String) throws {
    #expect(try JSONReader.read(text).string == expected)
  }

  @Test(
    "what is no JSON is refused",
    arguments: [
      "", "{", "[1", "{\"a\"}", "{\"a\":1,}", "[1 2]", "\"a", "\"\\x\"", "\"\\u12\"",
      "\"\\ud83c\"", "nul", "1 2", "{a: 1}",
    ])
  func malformed(text: String) {
    #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(text) }
  }

  @Test("what is long takes several lines, what is short stays in one")
  func lines() throws {
    let value = try JSONReader.read("{\"a\": [1, 2], \"b\": {\"c\": \"123456\"}}")
    #expect(value.lines(width: 20) == "{\n  \"a\": [1, 2],\n  \"b\": {\"c\": \"123456\"}\n}")
    #expect(value.lines(width: 10).contains("\n  \"b\": {\n    \"c\": \"123456\"\n  }\n"))
    #expect(value.lines() == value.line)
  }
}
