import Testing

@testable import Console

@Suite struct TemplatesTests {
  @Test(
    "Text stays text in HTML, even a quotation mark with an accent",
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
