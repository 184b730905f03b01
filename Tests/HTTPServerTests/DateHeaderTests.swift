import Testing

@testable import HTTPServer

@Suite struct DateHeaderTests {
  @Test(
    "a moment is written as RFC 9110 has it",
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (1_709_210_096, "Thu, 29 Feb 2024 12:34:56 GMT"),
    ])
  func text(second: Int, text: String) {
    #expect(DateHeader.text(second) == text)
  }
}
