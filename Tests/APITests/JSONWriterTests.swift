import NIOCore
import Testing

@testable import API

@Suite struct JSONWriterTests {
  @Test(
    "strings are escaped as RFC 8259 asks",
    arguments: [
      ("plain", #""plain""#), ("", #""""#), (#"a"b\c"#, #""a\"b\\c""#), ("\n\r\t", #""\n\r\t""#),
      ("\u{01}\u{1f}", #""\u0001\u001f""#), ("é😀\u{7f}", "\"é😀\u{7f}\""), ("a/b", #""a/b""#),
    ])
  func escaping(text: String, json: String) {
    var writer = JSONWriter()
    writer.string(text)
    #expect(String(buffer: writer.buffer) == json)
  }

  @Test("commas stand between members and elements, and nowhere else")
  func commas() {
    var writer = JSONWriter()
    writer.openObject()
    writer.key("a")
    writer.openArray()
    writer.closeArray()
    writer.key("b")
    writer.openArray()
    writer.int(1)
    writer.null()
    writer.openObject()
    writer.closeObject()
    writer.closeArray()
    writer.key("c")
    writer.int(2)
    writer.closeObject()
    #expect(String(buffer: writer.buffer) == #"{"a":[],"b":[1,null,{}],"c":2}"#)
  }
}
