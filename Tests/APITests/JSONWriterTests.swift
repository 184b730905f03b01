import Foundation
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

  @Test(
    "what has to be escaped is, wherever it stands among other characters",
    arguments: ["x", "é", "日", "😀", "\u{7f}", "\"", "\u{1f}"])
  func positions(filling: String) throws {
    let special = (0..<0x20).map { Unicode.Scalar(UInt8($0)) } + ["\"", "\\"]
    for scalar in special {
      for length in 0..<18 {
        for position in 0...length {
          let text =
            String(repeating: filling, count: position) + String(Character(scalar))
            + String(repeating: filling, count: length - position)
          var writer = JSONWriter()
          writer.string(text)
          let json = Data(writer.buffer.readableBytesView)
          let read = try JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed)
          #expect(read as? String == text)
          #expect(!json.contains { $0 < 0x20 })
        }
      }
    }
  }

  @Test(
    "long texts without anything to escape are copied", arguments: [7, 8, 9, 63, 64, 65, 99_999])
  func plain(length: Int) {
    let text =
      String(repeating: "aé/", count: length / 4) + String(repeating: "z", count: length % 4)
    var writer = JSONWriter(capacity: 1)
    writer.string(text)
    #expect(String(buffer: writer.buffer) == "\"\(text)\"")
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
