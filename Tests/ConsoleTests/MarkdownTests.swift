import Testing

@testable import Console

@Suite struct MarkdownTests {
  @Test(
    "Code, bold and links are rendered, everything else is text",
    arguments: [
      ("plain", "plain"), ("a `b` c", "a <code>b</code> c"), ("`**x**`", "<code>**x**</code>"),
      ("**a `b`**", "<strong>a <code>b</code></strong>"),
      ("[a `b`](/docs#c)", "<a href=\"/docs#c\">a <code>b</code></a>"),
      ("[a](https://x.example/?a=1&b=2)", "<a href=\"https://x.example/?a=1&amp;b=2\">a</a>"),
      ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"), ("`<b>`", "<code>&lt;b&gt;</code>"),
      ("[<b>](/a\"b)", "<a href=\"/a&quot;b\">&lt;b&gt;</a>"),
      ("[a](javascript:b)", "[a](javascript:b)"), ("[a](//b)", "[a](//b)"),
      ("[a](http://b)", "[a](http://b)"), ("[a] (b)", "[a] (b)"), ("[a", "[a"), ("`a", "`a"),
      ("**a", "**a"), ("``", "``"), ("****", "****"), ("2 * 3 * 4", "2 * 3 * 4"), ("", ""),
      ("\"\u{301}", "&quot;\u{301}"),
    ])
  func inline(text: String, expected: String) {
    #expect(Markdown().inline(text) == expected)
  }

  @Test(
    "Paragraphs and lists are rendered",
    arguments: [
      ("a\nb\n\nc", "<p>a\nb</p>\n<p>c</p>\n"),
      ("- a\n  b\n- `c`", "<ul>\n<li>a\nb</li>\n<li><code>c</code></li>\n</ul>\n"),
      ("1. a\n2. b\n   c", "<ol>\n<li>a</li>\n<li>b\nc</li>\n</ol>\n"),
      ("-a", "<p>-a</p>\n"), ("<p>", "<p>&lt;p&gt;</p>\n"), ("", ""), ("\n\n", ""),
    ])
  func blocks(text: String, expected: String) {
    #expect(Markdown().html(text, id: "x") == expected)
  }

  @Test("Code is rendered verbatim, with its own id")
  func code() {
    let html = Markdown().html("a\n```sh\n# <b> `c`\n\n- d\n```\n```\ne\n```", id: "x")
    #expect(html.contains("<p>a</p>"))
    #expect(html.contains("<code id=\"x-code-1\"># &lt;b&gt; `c`\n\n- d</code>"))
    #expect(html.contains("<code id=\"x-code-2\">e</code>"))
    #expect(html.contains("data-copy=\"x-code-2\""))
  }

  @Test("Code without an end extends to the end of the text")
  func endlessCode() {
    #expect(Markdown().html("```\na", id: "x").contains("<code id=\"x-code-1\">a</code>"))
  }

  @Test("Tables are rendered; known words link to their section, or are its anchor")
  func table() {
    let markdown = Markdown(
      anchors: ["a": "error-a", "b": "event-b"], definedInTables: ["a"])
    let html = markdown.html("| x | <y> |\n|---|---|\n| `a` | see `a` |\n| `b` | |", id: "t")
    #expect(html.contains("<tr><th scope=\"col\">x</th><th scope=\"col\">&lt;y&gt;</th></tr>"))
    #expect(html.contains("<td id=\"error-a\"><code>a</code></td>"))
    #expect(html.contains("<td>see <a href=\"/docs#error-a\"><code>a</code></a></td>"))
    #expect(html.contains("<td><a href=\"/docs#event-b\"><code>b</code></a></td><td></td>"))
  }

  @Test("A text is split at its headings, but not in code")
  func parts() {
    let text = "a\n## B c\nd\n```\n## e\n```\n### F\n## G"
    #expect(
      Markdown.parts(text, level: 2) == [
        .init(title: "", text: "a\n"), .init(title: "B c", text: "d\n```\n## e\n```\n### F\n"),
        .init(title: "G", text: ""),
      ])
    #expect(Markdown.slug("Ids, times and text") == "ids-times-and-text")
  }
}
