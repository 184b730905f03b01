import OpenAPI
import Testing

@testable import Console

@Suite struct SchemaFieldsTests {
  private func fields(_ schema: String) throws -> [SchemaFields.Field] {
    try SchemaFields(
      description: Description(OpenAPIDocument.parse()), anchors: ["User": "object-User"]
    ).fields(try OpenAPIDocument.parse(schema))
  }

  private static let reference = "#/components/schemas/"

  @Test(
    "A schema's type and limits become words",
    arguments: [
      (
        "{\"type\": \"string\", \"minLength\": 1, \"maxLength\": 50000}", "string",
        ["1 to 50,000 characters."]
      ),
      ("{\"type\": \"string\", \"minLength\": 1}", "string", ["At least 1 character."]),
      (
        "{\"type\": \"integer\", \"minimum\": 1, \"default\": 50}", "whole number",
        ["At least 1.", "Default `50`."]
      ),
      ("{\"const\": \"ended\"}", "string", ["Always `ended`."]),
      (
        "{\"type\": \"string\", \"enum\": [\"a\", \"b\"], \"examples\": [\"a\"]}", "string",
        ["One of `a`, `b`.", "Example: `a`."]
      ),
      (
        "{\"type\": \"array\", \"maxItems\": 20, \"items\": {\"type\": \"string\", \"maxLength\": 5}}",
        "array of string", ["At most 20 elements.", "Each: At most 5 characters."]
      ),
      (
        "{\"oneOf\": [{\"type\": \"string\", \"maxLength\": 9}, {\"type\": \"null\"}]}",
        "string or null", ["At most 9 characters."]
      ),
      ("{\"$ref\": \"\(reference)User\"}", "<a href=\"/docs#object-User\">User</a>", []),
      (
        "{\"type\": \"array\", \"items\": {\"$ref\": \"\(reference)User\"}}",
        "array of <a href=\"/docs#object-User\">User</a>", []
      ),
    ] as [(String, String, [String])])
  func words(schema: String, type: String, notes: [String]) throws {
    let field = try #require(try fields("{\"properties\": {\"a\": \(schema)}}").first)
    #expect(field.type == type)
    #expect(field.notes == notes)
  }

  @Test("The fields of parts and of inner objects are listed, and required ones marked")
  func inner() throws {
    let found = try fields(
      """
      {"allOf": [{"required": ["a"], "properties": {"a": {"type": "string"}}}], "properties":
        {"b": {"type": "object", "required": ["c"], "properties": {"c": {"type": "string"}}},
         "d": {"type": "array", "items": {"type": "object", "properties": {"e": {"const": 1}}}}}}
      """)
    #expect(found.map(\.name) == ["a", "b", "b.c", "d", "d[].e"])
    #expect(found.map(\.isRequired) == [true, false, true, false, false])
    #expect(found.map(\.type) == ["string", "object", "string", "array of object", "string"])
  }

  @Test("Members beside a reference replace those that it leads to")
  func siblings() throws {
    let field = try #require(
      try fields(
        "{\"properties\": {\"a\": {\"description\": \"Mine.\", \"$ref\": \"\(Self.reference)Text\"}}}"
      ).first)
    #expect(field.description == "Mine.")
    #expect(field.notes == ["1 to 50,000 characters."])
  }
}
