import Testing

@testable import HTTPServer

@Suite struct FormTests {
  @Test(
    "A form is read as browsers write it",
    arguments: [
      ("a=b", "b"), ("x=1&a=b+c", "b c"), ("a=%C3%A9%2B%26", "é+&"), ("a", ""), ("a=", ""),
      ("a=b=c", "b=c"), ("a=1&a=2", "1"), ("&&a=1&", "1"), ("%61=1", "1"), ("", ""),
    ])
  func value(text: String, expected: String) {
    #expect(Form(parsing: text.utf8)?["a"] == expected)
  }

  @Test(
    "What is no form is refused",
    arguments: ["a=%", "a=%4", "a=%zz", "a=%00", "a=\0", "a=%FF", "%C3=1"])
  func refused(text: String) { #expect(Form(parsing: text.utf8) == nil) }

  @Test("Names may repeat")
  func values() {
    #expect(Form(parsing: "s=1&t=x&s=2".utf8)?.values("s") == ["1", "2"])
  }
}
