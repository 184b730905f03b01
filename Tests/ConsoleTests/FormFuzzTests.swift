import HTTPServer
import TestSupport
import Testing

@testable import Console

/// Random forms, from a seed that a failure prints.
@Suite struct FormFuzzTests {
  private var generator = SeededGenerator()

  private func seed(_ what: Any) -> Testing.Comment { "seed \(SeededGenerator.seed): \(what)" }

  /// Encodes a text as browsers may: characters that need no encoding are sometimes encoded.
  private mutating func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      let isPlain = byte < 0x80 && !"&=+% ".utf8.contains(byte)
      if isPlain, Bool.random(using: &generator) { return String(Unicode.Scalar(byte)) }
      if byte == UInt8(ascii: " "), Bool.random(using: &generator) { return "+" }
      let hex = String(byte, radix: 16, uppercase: Bool.random(using: &generator))
      return "%\(byte < 16 ? "0" : "")\(hex)"
    }.joined()
  }

  @Test("A form is read as it is written")
  mutating func roundTrip() {
    for _ in 0..<5000 {
      let fields = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
        (name: generator.pick(["a", "b", "", "é", "a b"]), value: generator.text(0...12))
      }
      let text = fields.map { "\(encoded($0.name))=\(encoded($0.value))" }
        .joined(separator: generator.pick(["&", "&&"]))
      guard let form = Form(parsing: text.utf8) else {
        Issue.record(seed(text))
        continue
      }
      for name in ["a", "b", "", "é", "a b", "c"] {
        let values = fields.filter { $0.name == name }.map(\.value)
        #expect(
          form.values(name).map { Array($0.utf8) } == values.map { Array($0.utf8) }, seed(text))
        #expect(form[name] == values.first ?? "", seed(text))
      }
    }
  }

  @Test(
    "Whatever the bytes, what is read of them is text without U+0000, and no longer than they are")
  mutating func anything() {
    var read = 0
    for _ in 0..<20_000 {
      var bytes = Array("a=\(encoded(generator.text(0...6)))&a=%C3%A9+x&a".utf8)
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        generator.spoil(&bytes, with: "&=%+0aF\0")
      }
      guard let form = Form(parsing: bytes) else { continue }
      read += 1
      let values = form.values("a")
      #expect(!values.contains { $0.utf8.contains(0) }, seed(bytes))
      #expect(values.reduce(0) { $0 + $1.utf8.count } <= bytes.count, seed(bytes))
    }
    #expect(read > 2000 && read < 19_000)
  }
}
