import Embedded
package import Yams

/// The API's description, `openapi.yaml`, which the executable carries.
package enum OpenAPIDocument {
  package static var yaml: String { EmbeddedFile.openapi_yaml.text }

  /// The root of a document. Every scalar counts as text: `Node.json` recognizes numbers by their form.
  ///
  /// Throws `YamlError` if the text is not YAML.
  package static func parse(_ text: String = yaml) throws -> Node {
    try Parser(yaml: text, resolver: .basic).singleRoot() ?? Node("")
  }
}
