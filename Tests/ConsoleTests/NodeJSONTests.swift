import OpenAPI
import Testing

@Suite struct NodeJSONTests {
  @Test(
    "YAML becomes the JSON that means the same, its members in their order",
    arguments: [
      ("null", "null"), ("true", "true"), ("-1.5e3", "-1.5e3"), ("'1'", "\"1\""), ("[]", "[]"),
      ("3.1.0", "\"3.1.0\""), ("2026-01-02", "\"2026-01-02\""), ("'null'", "\"null\""),
      ("b: 1\na: [1, {c: null}]", "{\"b\": 1, \"a\": [1, {\"c\": null}]}"),
      ("200: 'OK'", "{\"200\": \"OK\"}"), ("|\n a\n b\n", "\"a\\nb\\n\""),
      (#""\" \\ \t \u0001 é 🌮""#, #""\" \\ \t \u0001 é 🌮""#),
    ])
  func json(yaml: String, expected: String) throws {
    #expect(try OpenAPIDocument.parse(yaml).json == expected)
  }

  @Test("Long JSON takes several lines, short JSON one")
  func lines() throws {
    let value = try OpenAPIDocument.parse("{a: [1, 2], b: {c: '123456'}}")
    #expect(value.jsonLines(width: 20) == "{\n  \"a\": [1, 2],\n  \"b\": {\"c\": \"123456\"}\n}")
    #expect(value.jsonLines(width: 10).contains("\n  \"b\": {\n    \"c\": \"123456\"\n  }\n"))
    #expect(value.jsonLines() == value.json)
  }
}
