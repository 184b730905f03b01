import Helpdesk

/// Renders the Markdown that the description uses: headings, paragraphs, lists, tables, code, bold and
/// links. Written by hand, since no Markdown package is available to this project.
struct Markdown {
  /// The ids on the page that words in code link to, such as `error-not_found` for `not_found`.
  var anchors: [String: String] = [:]
  /// Words that get an id, on the table cell that contains only the word.
  var definedInTables: Set<String> = []

  /// The text below a heading, up to the next heading of its level.
  struct Part: Equatable {
    /// Empty for the text before the first heading.
    var title: String
    var text: String
  }

  /// Splits a text at its headings of one level.
  static func parts(_ text: String, level: Int) -> [Part] {
    let mark = String(repeating: "#", count: level) + " "
    var parts = [Part(title: "", text: "")]
    var isCode = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") { isCode.toggle() }
      if !isCode, line.hasPrefix(mark) {
        parts.append(Part(title: String(line.dropFirst(mark.count)), text: ""))
      } else {
        parts[parts.count - 1].text += line + "\n"
      }
    }
    return parts
  }

  /// A heading as an id, such as `ids-times-and-text` for `Ids, times and text`.
  static func slug(_ text: String) -> String {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
  }

  /// - Parameter id: the prefix of the ids of code blocks, which have to be unique on a page
  func html(_ text: String, id: String) -> String {
    var html = ""
    var codes = 0
    var rest = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    while let line = rest.first {
      if line.isEmpty {
        rest.removeFirst()
      } else if line.hasPrefix("```") {
        rest.removeFirst()
        codes += 1
        let code = rest.prefix { !$0.hasPrefix("```") }
        rest = rest.dropFirst(code.count + 1)
        let text = code.joined(separator: "\n")
        html += CodeBlock(id: "\(id)-code-\(codes)", label: "this", text: text).html
      } else {
        let block = rest.prefix { !$0.isEmpty && !$0.hasPrefix("```") }
        rest = rest.dropFirst(block.count)
        html += self.block(block)
      }
    }
    return html
  }

  private func block(_ lines: ArraySlice<Substring>) -> String {
    guard let first = lines.first else { return "" }
    if first.hasPrefix("|") { return table(lines) }
    if first.hasPrefix("- ") { return list(lines, "ul", item: #/- /#) }
    if first.hasPrefix("1. ") { return list(lines, "ol", item: #/[0-9]+\. /#) }
    return "<p>\(inline(lines.joined(separator: "\n")))</p>\n"
  }

  /// - Parameter item: the start of an item; other lines continue the item before
  private func list(_ lines: ArraySlice<Substring>, _ tag: String, item: Regex<Substring>) -> String
  {
    var items: [String] = []
    for line in lines {
      if let mark = line.prefixMatch(of: item) {
        items.append(String(line[mark.range.upperBound...]))
      } else {
        items[items.count - 1] += "\n" + line.drop { $0 == " " }
      }
    }
    return "<\(tag)>\n\(items.map { "<li>\(inline($0))</li>\n" }.joined())</\(tag)>\n"
  }

  private func table(_ lines: ArraySlice<Substring>) -> String {
    let rows = lines.map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        .map { String($0).trimmingWhiteSpace() }
    }
    let titles = (rows.first ?? []).map { "<th scope=\"col\">\(inline($0))</th>" }.joined()
    let body = rows.dropFirst(2).map { "<tr>\($0.map(cell).joined())</tr>\n" }.joined()
    return """
      <div class="scroll" tabindex="0"><table>
      <thead><tr>\(titles)</tr></thead>
      <tbody>
      \(body)</tbody>
      </table></div>

      """
  }

  private func cell(_ text: String) -> String {
    if let word = text.wholeMatch(of: /`([^`]+)`/)?.1, definedInTables.contains(String(word)),
      let anchor = anchors[String(word)]
    {
      return "<td id=\"\(escape(anchor))\"><code>\(escape(String(word)))</code></td>"
    }
    return "<td>\(inline(text))</td>"
  }

  /// Renders code, bold, and links that lead to the same site or use HTTPS; everything else is text.
  func inline(_ text: String) -> String {
    let marked = /(?s)`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(((?:https:\/\/|\/(?!\/))[^)]+)\)/
    var html = ""
    var rest = text[...]
    while let start = rest.firstIndex(where: { "`*[".contains($0) }) {
      html += escape(String(rest[..<start]))
      rest = rest[start...]
      if let mark = rest.prefixMatch(of: marked) {
        if let code = mark.1 {
          html += self.code(String(code))
        } else if let bold = mark.2 {
          html += "<strong>\(inline(String(bold)))</strong>"
        } else if let words = mark.3, let target = mark.4 {
          html += "<a href=\"\(escape(String(target)))\">\(inline(String(words)))</a>"
        }
        rest = rest[mark.range.upperBound...]
      } else {
        html += escape(String(rest.removeFirst()))
      }
    }
    return html + escape(String(rest))
  }

  private func code(_ text: String) -> String {
    let code = "<code>\(escape(text))</code>"
    return anchors[text].map { "<a href=\"/docs#\(escape($0))\">\(code)</a>" } ?? code
  }

  private func escape(_ text: String) -> String { PageText().escapeText(text) }
}
