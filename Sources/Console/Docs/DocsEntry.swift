/// A section, an operation, an event or an object: what has a place of its own on the API page.
struct DocsEntry: Sendable {
  let id: String
  let title: String
  /// The method of an operation, for the table of contents.
  let method: String?
  /// HTML, cut where the server's origin stands.
  private let pieces: [String]
  /// Its words in lower case, for the search.
  private let words: String

  /// - Parameter html: with `Description.exampleOrigin` where the server's origin belongs
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

  /// What a browser would show of the HTML.
  private static func words(_ html: String) -> String {
    var text = ""
    var isTag = false
    for scalar in html.unicodeScalars {
      switch scalar {
      case "<": isTag = true
      case ">":
        isTag = false
        // Elements such as cells stand apart.
        text += " "
      default: if !isTag { text.unicodeScalars.append(scalar) }
      }
    }
    for (entity, character) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ] {
      text = text.replacing(entity, with: character)
    }
    return text.lowercased()
  }
}
