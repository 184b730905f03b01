/// A section of the API page with an id: prose, an operation, an event or an object.
struct DocsEntry: Sendable {
  let id: String
  let title: String
  /// The method of an operation, for the table of contents.
  let method: String?
  /// HTML in pieces, between which the server's origin belongs.
  private let pieces: [String]
  /// The text in lower case, for the search.
  private let words: String

  /// - Parameter html: with `Description.exampleOrigin` in place of the server's origin
  init(id: String, title: String, method: String? = nil, html: String) {
    self.id = id
    self.title = title
    self.method = method
    pieces = html.split(separator: Description.exampleOrigin, omittingEmptySubsequences: false)
      .map(String.init)
    words = Self.words(html)
  }

  func html(origin: String) -> String { pieces.joined(separator: origin) }

  /// - Parameter words: in lower case
  func contains(_ words: [String]) -> Bool { words.allSatisfy(self.words.contains) }

  /// The text that a browser shows for the HTML. Elements such as cells are kept apart.
  private static func words(_ html: String) -> String {
    var text = ""
    var isTag = false
    for scalar in html.unicodeScalars {
      if scalar == "<" { isTag = true }
      if !isTag { text.unicodeScalars.append(scalar) }
      if scalar == ">" {
        isTag = false
        text += " "
      }
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    return entities.reduce(text) { $0.replacing($1.0, with: $1.1) }.lowercased()
  }
}
