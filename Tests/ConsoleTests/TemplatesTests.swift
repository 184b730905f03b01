import Foundation
import Testing

@testable import Console
@testable import ConsoleAssets

@Suite struct TemplatesTests {
  @Test("the executable carries every template and file, and each template can be parsed")
  func carried() throws {
    _ = try Templates()
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/ConsoleAssets").standardizedFileURL
    for (folder, list) in [
      ("pages", carriedTexts(console_templates_list())),
      ("files", carriedTexts(console_files_list())),
    ] {
      let names = try FileManager.default.contentsOfDirectory(
        atPath: root.appending(path: folder).path)
      let carried = list.map { folder == "pages" ? "\($0.name).mustache" : $0.name }
      #expect(carried.sorted() == names.sorted())
      for (name, entry) in zip(carried, list) {
        let text = try String(
          contentsOf: root.appending(path: "\(folder)/\(name)"), encoding: .utf8)
        #expect(entry.text == text, "\(name)")
      }
    }
  }

  @Test(
    "no text gets out of its place, not even a quotation mark with an accent",
    arguments: [
      ("\"", "&quot;"), ("\"\u{301}", "&quot;\u{301}"), ("<\u{338}", "&lt;\u{338}"),
      ("<b>&'", "&lt;b&gt;&amp;&#39;"), ("né", "né"),
    ])
  func escaping(text: String, expected: String) throws {
    #expect(PageText().escapeText(text) == expected)
    let page = try Templates().render("time", ["iso": text, "text": text])
    #expect(page == "<time datetime=\"\(expected)\">\(expected)</time>")
  }
}
