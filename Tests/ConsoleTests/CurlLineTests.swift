import Testing

@testable import Console

@Suite struct CurlLineTests {
  private func line(_ operation: String, method: String, path: String) throws -> String {
    let value = try JSONReader.read(operation)
    let described = DescribedOperation(
      value, method: method, path: path, shared: [], of: try Description())
    return CurlLine(operation: described, origin: "https://x.example").text
  }

  private static let key = "-H \"Authorization: Bearer $TACOHELP_KEY\""
  private static let json = "-H 'Content-Type: application/json'"

  private static func body(_ example: String) -> String {
    """
    "requestBody": {"content": {"application/json": {"examples": {"a": {"value": \(example)}}}}}
    """
  }

  @Test(
    "a line is made of the examples",
    arguments: [
      ("{}", "get", "/healthz", "curl 'https://x.example/healthz'"),
      ("{\"x-scope\": \"a\"}", "get", "/a", "curl 'https://x.example/a' \\\n  \(key)"),
      (
        """
        {"parameters": [{"name": "id", "in": "path", "example": "c1"},
          {"name": "limit", "in": "query", "example": 20}, {"name": "none", "in": "query"},
          {"name": "status", "in": "query", "example": "OPEN"},
          {"name": "X-A", "in": "header", "example": "b"}]}
        """, "get", "/a/{id}/b", "curl 'https://x.example/a/c1/b?limit=20&status=OPEN'"
      ),
      (
        "{\"x-scope\": \"a\", \(body("{\"b\": \"It's\"}"))}", "post", "/a",
        "curl 'https://x.example/a' \\\n  \(key) \\\n  \(json) \\\n  -d '{\"b\": \"It'\\''s\"}'"
      ),
      (
        "{\(body("{\"b\": null}"))}", "patch", "/a",
        "curl -X PATCH 'https://x.example/a' \\\n  \(json) \\\n  -d '{\"b\": null}'"
      ),
      ("{}", "delete", "/a", "curl -X DELETE 'https://x.example/a'"),
    ])
  func made(operation: String, method: String, path: String, expected: String) throws {
    #expect(try line(operation, method: method, path: path) == expected)
  }

  @Test("a long body stands below its line")
  func long() throws {
    let text = String(repeating: "x", count: 70)
    #expect(
      try line("{\(Self.body("{\"a\": \"\(text)\"}"))}", method: "post", path: "/a")
        .hasSuffix(" \\\n  -d '{\n    \"a\": \"\(text)\"\n  }'"))
  }
}
