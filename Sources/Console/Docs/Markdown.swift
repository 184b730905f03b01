/// Renders the Markdown of the description: headings, paragraphs, lists, tables, code, bold and links,
/// and nothing else of it. That is all the description uses, and less than any package would bring.
struct Markdown {
  /// Where words lead that stand in code, as `not_found` to `error-not_found`.
  var places: [String: String] = [:]
  /// Those of them whose place is the cell of a table that has the word alone.
  var definedInTables: Set<String> = []

  /// What a heading of level 2 or 3 stands above, to the next of its level.
  struct Part: Equatable {
    /// Empty for what comes before the first heading.
    var title: String
    var text: String
  }

  /// Cuts a text at its headings of a level.
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

  /// A heading's words as an id: `Ids, times and text` as `ids-times-and-text`.
  static func slug(_ text: String) -> String {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
  }

  /// - Parameter id: begins the ids of its code, which have to be unique on a page
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
        html +=
          CodeBlock(
            id: "\(id)-code-\(codes)", label: "this", text: code.joined(separator: "\n")
          ).html
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
    if first.hasPrefix("- ") { return list(lines, "ul") { $0.hasPrefix("- ") ? 2 : nil } }
    if first.hasPrefix("1. ") {
      return list(lines, "ol") { line in
        let digits = line.prefix { $0.isNumber }.count
        return digits > 0 && line.dropFirst(digits).hasPrefix(". ") ? digits + 2 : nil
      }
    }
    return "<p>\(inline(lines.joined(separator: "\n")))</p>\n"
  }

  /// - Parameter mark: how long a line's mark is, nil when it goes on with the item before
  private func list(
    _ lines: ArraySlice<Substring>, _ tag: String, mark: (Substring) -> Int?
  ) -> String {
    var items: [String] = []
    for line in lines {
      if let length = mark(line) {
        items.append(String(line.dropFirst(length)))
      } else {
        items[items.count - 1] += "\n" + line.drop { $0 == " " }
      }
    }
    return "<\(tag)>\n\(items.map { "<li>\(inline($0))</li>\n" }.joined())</\(tag)>\n"
  }

  private func table(_ lines: ArraySlice<Substring>) -> String {
    let rows = lines.map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        .map { $0.trimming { $0 == " " } }
    }
    let head = rows.first ?? []
    let titles = head.map { "<th scope=\"col\">\(inline($0))</th>" }.joined()
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
    let word = text.trimming { $0 == "`" }
    guard text == "`\(word)`", definedInTables.contains(word), let place = places[word] else {
      return "<td>\(inline(text))</td>"
    }
    return "<td id=\"\(escape(place))\"><code>\(escape(word))</code></td>"
  }

  /// Code, bold and links; everything else is text.
  func inline(_ text: String) -> String {
    var html = ""
    var rest = text[...]
    while let character = rest.first {
      if character == "`", let (code, after) = between("`", "`", rest) {
        html += self.code(code)
        rest = after
      } else if rest.hasPrefix("**"), let (bold, after) = between("**", "**", rest) {
        html += "<strong>\(inline(bold))</strong>"
        rest = after
      } else if character == "[", let (words, afterWords) = between("[", "]", rest),
        let (target, after) = between("(", ")", afterWords), isSafe(target)
      {
        html += "<a href=\"\(escape(target))\">\(inline(words))</a>"
        rest = after
      } else {
        html += escape(String(character))
        rest.removeFirst()
      }
    }
    return html
  }

  private func code(_ text: String) -> String {
    let code = "<code>\(escape(text))</code>"
    return places[text].map { "<a href=\"/docs#\(escape($0))\">\(code)</a>" } ?? code
  }

  /// What stands between two marks, if the text begins with the first, and what follows.
  private func between(_ open: String, _ close: String, _ text: Substring) -> (String, Substring)? {
    guard text.hasPrefix(open) else { return nil }
    let inner = text.dropFirst(open.count)
    guard let end = inner.firstRange(of: close), !inner[..<end.lowerBound].isEmpty else {
      return nil
    }
    return (String(inner[..<end.lowerBound]), inner[end.upperBound...])
  }

  private func isSafe(_ target: String) -> Bool {
    target.hasPrefix("https://") || (target.hasPrefix("/") && !target.hasPrefix("//"))
  }

  private func escape(_ text: String) -> String { PageText().escapeText(text) }
}

extension Substring {
  fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> String {
    String(drop(while: isTrimmed).reversed().drop(while: isTrimmed).reversed())
  }
}

extension String {
  fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> String {
    self[...].trimming(isTrimmed)
  }
}
