import Testing

@testable import API

@Suite struct JSONSyntaxTests {
  @Test(
    "JSON texts are valid",
    arguments: [
      "{}", " [ ] ", "null", "true", "false", "0", "-0", "1.5e-3", "10E+2", "\"\"",
      "\"\\u00e9\\n\\/\"",
      "\"\\ud83d\\ude00\"", "{\"a\" : [1, {\"b\":null}] , \"c\":\"d\"}\n", "[[[]]]", "\"\u{7f}é\"",
      String(repeating: "[", count: 128) + String(repeating: "]", count: 128),
    ])
  func valid(text: String) { #expect(JSONSyntax.isValid(Array(text.utf8))) }

  @Test(
    "anything else is not",
    arguments: [
      "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}",
      "[1 2]",
      "01", "1.", ".5", "-", "+1", "1e", "0x1", "NaN", "Infinity", "tru", "truee", "nul", "\"",
      "\"\\q\"",
      "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "\"\u{0}\"",
      "{} {}",
      "[1]x", "\u{feff}{}", "/* */ {}", "{\"a\":1 \"b\":2}",
      String(repeating: "[", count: 129) + String(repeating: "]", count: 129),
      String(repeating: "{\"a\":", count: 200_000),
    ])
  func invalid(text: String) { #expect(!JSONSyntax.isValid(Array(text.utf8))) }
}
