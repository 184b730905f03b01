import HTTPTypes
import Helpdesk
import TestSupport
import Testing

@testable import API

/// Random list queries, from a seed that a failure prints.
@Suite struct ListQueryFuzzTests {
  private var generator = SeededGenerator()

  private func seed(_ what: String) -> Testing.Comment { "seed \(SeededGenerator.seed): \(what)" }

  private func read(_ query: String) throws -> ListQuery<Ticket.Status> { try ListQuery(query) }

  /// The text with some of its characters percent-encoded.
  private mutating func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      guard Int.random(in: 0...3, using: &generator) == 0 else {
        return String(Unicode.Scalar(byte))
      }
      let hex = String(byte, radix: 16, uppercase: Bool.random(using: &generator))
      return "%\(byte < 16 ? "0" : "")\(hex)"
    }.joined()
  }

  @Test("Status, limit and offset are read as they are written, in any order among others")
  mutating func roundTrip() throws {
    for _ in 0..<10_000 {
      let status =
        Bool.random(using: &generator)
        ? Ticket.Status.allCases.randomElement(using: &generator) : nil
      let limit = Bool.random(using: &generator) ? Int.random(in: 1...300, using: &generator) : nil
      let offset =
        Bool.random(using: &generator) ? Int.random(in: 0...Int(Int32.max), using: &generator) : nil
      var pairs = ["limits=0", "x=%", "=1"].filter { _ in Bool.random(using: &generator) }
      if let status { pairs.append("\(encoded("status"))=\(encoded(status.rawValue))") }
      if let limit { pairs.append("\(encoded("limit"))=\(encoded("\(limit)"))") }
      if let offset { pairs.append("\(encoded("offset"))=\(encoded("\(offset)"))") }
      let query = pairs.shuffled(using: &generator).joined(separator: generator.pick(["&", "&&"]))
      let list = try read(query)
      #expect(list.status == status, seed(query))
      #expect(list.page == Page(limit: min(limit ?? 50, 100), offset: offset ?? 0), seed(query))
    }
  }

  @Test("Whatever the query, the page is one that can be served, or each faulty parameter is named")
  mutating func anything() throws {
    var refused = 0
    for _ in 0..<20_000 {
      let query = generator.spoiled(
        generator.pick([
          "limit=5&offset=7", "limit=%31&limit=2", "status=OPEN&offset=2147483647", "a=b&&=&%",
          "offset=99999999999&limit=99999999999",
        ]), 0...3, with: "&=%0123456789-+limtofse")
      do {
        let page = try read(query).page
        #expect((1...100).contains(page.limit), seed(query))
        #expect((0...Int(Int32.max)).contains(page.offset), seed(query))
      } catch let error as APIError {
        refused += 1
        #expect(error.status == .badRequest && !error.details.isEmpty, seed(query))
        #expect(
          Set(error.details.map(\.field)).isSubset(of: ["limit", "offset", "status"]), seed(query))
      }
    }
    #expect(refused > 2000 && refused < 18_000)
  }
}
