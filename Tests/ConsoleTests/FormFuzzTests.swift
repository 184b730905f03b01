import Helpdesk
import Postgres
import TestSupport
import Testing

@testable import Console

/// Forms and queries of pages made by chance, from a seed that a failure shows.
@Suite struct FormFuzzTests {
  private var generator = SeededGenerator()

  private func seed(_ what: Any) -> Testing.Comment { "seed \(SeededGenerator.seed): \(what)" }

  /// As a browser may write it: what need not be encoded is or is not.
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

  private mutating func deliveryID() throws -> DeliveryID {
    let characters = (0..<24).map { _ in generator.pick(["a", "m", "z", "0", "9"]) }
    return try #require(DeliveryID("c\(characters.joined())"))
  }

  private func query(_ text: String) -> DeliveryQuery? {
    Form(parsing: text.utf8).map(DeliveryQuery.init)
  }

  @Test("A place in the delivery log, and the filters with it, are read as they are written")
  mutating func cursors() throws {
    for _ in 0..<5000 {
      let state = generator.pick(["", "pending", "failed", "held"])
      let type = generator.pick(["", "webhook.test"] + Event.types)
      let since = generator.pick(["", "hour", "day", "week"])
      let cursor = DeliveryLog.Cursor(
        createdAt: Timestamp(
          microsecondsSince2000: .random(in: 0..<(1 << 55), using: &generator)),
        id: try deliveryID().rawValue)
      let first = try #require(query("state=\(state)&type=\(type)&since=\(since)"))
      let next = try #require(query(first.older(cursor)), seed(first.older(cursor)))
      #expect(first.before == nil && next.before == cursor, seed(first.older(cursor)))
      #expect(next.filter.state?.rawValue ?? "" == state && next.filter.type ?? "" == type)
      #expect(
        next.filter.hours == first.filter.hours && (first.filter.hours == nil) == (since == ""))
      #expect(next.newest == first.newest)
    }
  }

  @Test(
    "Whatever the query, its place is one that the database knows, and its links are words of ours")
  mutating func anyCursor() throws {
    var places = 0
    for _ in 0..<20_000 {
      let number =
        Int64.random(in: 0...Int64.max, using: &generator)
        >> Int.random(in: 0...60, using: &generator)
      let text = generator.spoiled(
        "state=failed&type=ticket.created&since=day&before=\(number)-\(try deliveryID())", 0...2,
        with: "&=%-+0123456789caz\"<")
      guard let query = query(text) else { continue }
      if let cursor = query.before {
        places += 1
        #expect((0..<(1 << 55)).contains(cursor.createdAt.microsecondsSince2000), seed(text))
        #expect(DeliveryID(cursor.id) != nil, seed(text))
      }
      #expect(
        query.newest.wholeMatch(of: /state=[a-z]*&type=[a-z.]*&since=[a-z]*/) != nil, seed(text))
    }
    #expect(places > 2000 && places < 19_000)
  }
}
