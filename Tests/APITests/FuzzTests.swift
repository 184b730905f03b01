import Foundation
import HTTPServer
import HTTPTypes
import Helpdesk
import NIOCore
import TestSupport
import Testing

@testable import API

/// Random inputs, from a seed that a failure prints.
@Suite struct FuzzTests {
  private static let seed = SeededGenerator.seed

  private var generator = SeededGenerator()

  /// A JSON text that is valid in half of the cases, and randomly damaged in the others.
  private mutating func json() -> [UInt8] {
    var text = Array(value(depth: Int.random(in: 0...5, using: &generator)).utf8)
    for _ in 0..<Int.random(in: 0...2, using: &generator) { spoil(&text) }
    return text
  }

  private mutating func value(depth: Int) -> String {
    let space = generator.pick(["", "", " ", "\n\t", "\r"])
    let count = Int.random(in: 0...3, using: &generator)
    switch Int.random(in: depth > 0 ? 0...5 : 2...5, using: &generator) {
    case 0:
      let members = (0..<count).map { _ in "\(string())\(space):\(value(depth: depth - 1))" }
      return "{\(space)\(members.joined(separator: ","))}"
    case 1:
      return "[\((0..<count).map { _ in value(depth: depth - 1) }.joined(separator: "\(space),"))]"
    case 2:
      return generator.pick([
        "0", "-0", "1.5e-3", "12E+2", "-7.25", "123456789012345678901234567890", "1e999",
      ])
    case 3: return generator.pick(["true", "false", "null"])
    default: return string() + space
    }
  }

  private mutating func string() -> String {
    let parts = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
      generator.pick([
        "a", "é", "\u{1f32e}", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83c\\udf2e", "\\u0000",
        " ", "\u{7f}", "\u{feff}", "\\uDBFF\\uDFFF",
      ])
    }
    return "\"\(parts.joined())\""
  }

  private mutating func spoil(_ bytes: inout [UInt8]) {
    generator.spoil(&bytes, with: "{}[],:\"\\0eE+-.tfnu \n")
  }

  @Test("A text is JSON exactly if Python's strict parser says so")
  mutating func syntax() async throws {
    var texts = (0..<20_000).map { _ in json() }
    for depth in 126...130 {
      texts.append(
        Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8))
    }
    let output = try await TestPython.run(
      "strict_json.py",
      input: texts.map { Data($0).base64EncodedString() + "\n" }.joined())
    let expected = output.split(separator: "\n").map { $0 == "1" }
    try #require(expected.count == texts.count)
    #expect(expected.contains(true) && expected.contains(false))
    for (text, isJSON) in zip(texts, expected) {
      let isValid =
        String(validating: text, as: UTF8.self) != nil && JSONSyntaxTests.isValid(text)
      #expect(
        isValid == isJSON,
        "seed \(Self.seed): \(String(decoding: text, as: UTF8.self).debugDescription)")
    }
  }

  private struct Anything: RequestContent {
    let text: String?

    init(_ fields: inout BodyFields) {
      text = fields.text("a", 1...10)
      _ = fields.requiredText("b", 1...3, trimmed: true)
      _ = fields.email("é")
      _ = fields.tags("c")
    }
  }

  @Test("A body is always either read or refused with a reason")
  mutating func bodies() throws {
    for _ in 0..<20_000 {
      let names = ["a", "b", "c", "\u{e9}"]
      let members = (0..<3).map { _ in "\"\(generator.pick(names))\":\(value(depth: 2))" }
      var text = Array("{\(members.joined(separator: ","))}".utf8)
      if Bool.random(using: &generator) { spoil(&text) }
      do {
        _ = try RequestBody.parse(Anything.self, ByteBuffer(bytes: text).readableBytesView)
      } catch let error as APIError {
        #expect(error.status == .badRequest && !error.message.isEmpty, "seed \(Self.seed)")
      }
    }
  }

  @Test("What is written as a string is read back the same")
  mutating func strings() throws {
    for _ in 0..<5000 {
      let scalars = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        Unicode.Scalar(UInt32.random(in: 0...0x1_0400, using: &generator)) ?? "\u{fffd}"
      }
      let text = String(String.UnicodeScalarView(scalars))
      var json = JSONWriter()
      json.openArray()
      json.string(text)
      json.closeArray()
      let bytes = Array(json.buffer.readableBytesView)
      #expect(JSONSyntaxTests.isValid(bytes), "seed \(Self.seed)")
      let read = try JSONDecoder().decode([String].self, from: Data(bytes))
      #expect(read.first.map { Array($0.utf8) } == Array(text.utf8), "seed \(Self.seed)")
    }
  }

  @Test("Every id, address and request id is either accepted or refused")
  mutating func words() throws {
    for _ in 0..<20_000 {
      var bytes = Array(
        generator.pick([
          "c1234567890123456789abcde", "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.1", "a-b_c.d",
        ]).utf8)
      for _ in 0..<Int.random(in: 0...3, using: &generator) { spoil(&bytes) }
      let text = String(decoding: bytes, as: UTF8.self)
      if let id = TicketID(text) {
        #expect(
          id.rawValue == text && text.wholeMatch(of: /c[a-z0-9]{24}/) != nil, "seed \(Self.seed)")
      }
      if RequestIdentifier.isValid(text) {
        #expect(text.wholeMatch(of: /[A-Za-z0-9._\-]{1,128}/) != nil, "seed \(Self.seed)")
      }
      if text.wholeMatch(of: /[0-9.]+/) != nil, AddressBlock(text) != AddressBlock(nil as String?) {
        #expect(AddressBlock(text) == AddressBlock("::ffff:\(text)"), "seed \(Self.seed)")
      }
    }
  }
}
