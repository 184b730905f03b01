import Embedded
import Mustache

/// The pages' templates, parsed once.
struct Templates: Sendable {
  private let library: MustacheLibrary

  /// Throws if a template cannot be parsed, which a test would have found.
  init() throws {
    MustacheContentTypes.register(PageText(), named: "PAGE")
    var library = MustacheLibrary()
    for file in EmbeddedFile.files(in: "templates") {
      let name = file.name.replacing(".mustache", with: "")
      try library.register("{{% CONTENT_TYPE:PAGE}}\(file.text)", named: name)
    }
    self.library = library
  }

  func render(_ name: String, _ values: PageValues) throws -> String {
    guard let text = library.render(values, withTemplate: name) else { throw PageFault.serverFault }
    return text
  }
}

/// Escapes text for HTML, by code points. The package's own function works by characters, among which a
/// quotation mark with an accent is not a quotation mark; in a browser it ends the attribute.
struct PageText: MustacheContentType {
  func escapeText(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
