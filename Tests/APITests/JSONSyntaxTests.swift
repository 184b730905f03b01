import Testing

@testable import API

@Suite struct JSONSyntaxTests {
  static func fault(_ bytes: [UInt8]) -> JSONFault? {
    do {
      try JSONSyntax.check(bytes)
      return nil
    } catch {
      return error
    }
  }

  static func isValid(_ bytes: [UInt8]) -> Bool { fault(bytes) == nil }

  private static let many = (0..<40).map { "\"\($0)\":0" }.joined(separator: ",")

  @Test(
    "an object has no member twice, however it is written",
    arguments: [
      (#"{"a":1,"a":2}"#, "a"), (#"{"a":{"b":1},"c":[{"b":1,"x":0,"b":null}]}"#, "b"),
      (#"{"a":1,"\u0061":2}"#, "a"), (#"{"\u0061":1,"a":2}"#, "a"), (#"{"\/":1,"/":2}"#, "/"),
      (#"{"😀":1,"\ud83d\ude00":2}"#, "😀"), (#"{"":1,"":2}"#, ""),
      (#"{"\"":1,"x":0,"\u0022":2}"#, "\""), ("{\(many),\"7\":1}", "7"),
      (#"{"a\n":1,"a\u000a":2}"#, "a\n"),
    ])
  func repeated(text: String, name: String) {
    #expect(Self.fault(Array(text.utf8)) == .repeatedMember(name))
  }

  @Test(
    "two objects may have the same members, and names that look alike are two",
    arguments: [
      #"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#, #"{"a":1,"A":2,"a ":3}"#,
      "{\"\u{e9}\":1,\"e\u{301}\":2}", "{\(many)}", #"{"\u0061":1,"\\u0061":2}"#,
    ])
  func different(text: String) { #expect(Self.isValid(Array(text.utf8))) }

  @Test(
    "half a surrogate pair is no character",
    arguments: [
      #""\ud800""#, #""\udfff""#, #""\ud800\u0041""#, #""\ud800\ud800""#, #"{"\udc00":1}"#,
    ])
  func surrogates(text: String) { #expect(Self.fault(Array(text.utf8)) == .loneSurrogate) }

  @Test(
    "JSON texts are valid",
    arguments: [
      "{}", " [ ] ", "null", "true", "false", "0", "-0", "1.5e-3", "10E+2", "\"\"",
      "\"\\u00e9\\n\\/\"",
      "\"\\ud83d\\ude00\"", "{\"a\" : [1, {\"b\":null}] , \"c\":\"d\"}\n", "[[[]]]", "\"\u{7f}é\"",
      String(repeating: "[", count: 128) + String(repeating: "]", count: 128),
    ])
  func valid(text: String) { #expect(Self.isValid(Array(text.utf8))) }

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
  func invalid(text: String) { #expect(!Self.isValid(Array(text.utf8))) }
}
