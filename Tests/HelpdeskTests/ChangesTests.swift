import Foundation
import TestSupport
import Testing

@testable import Helpdesk

/// A change has one text, which servers, workers, operators and benchmarks call.
@Suite("Where rows are changed") struct ChangesTests {
  /// Statements that change or lock rows.
  private static func changes(in text: String) -> [String] {
    text.split(separator: "\n").filter { line in
      line.contains(
        /\b(insert\s+into|update|delete\s+from|merge\s+into)\s+(helpdesk[.]|\\\()|\bfor (no key )?(update|share)\b/
      )
    }.map(String.init)
  }

  private static func files(below folder: String, _ suffix: String) throws -> [String] {
    try #require(FileManager.default.enumerator(atPath: Repository.path(folder))).compactMap {
      ($0 as? String).map { "\(folder)/\($0)" }
    }.filter { $0.hasSuffix(suffix) }
  }

  @Test(
    "Only functions of sql/functions change rows",
    arguments: [("Sources", ".swift"), ("sql/ops", ".sql")])
  func onlyFunctions(folder: String, suffix: String) throws {
    let files = try Self.files(below: folder, suffix)
    #expect(files.count > 5)
    for file in files {
      #expect(Self.changes(in: try Repository.text(file)) == [], "\(file)")
    }
    #expect(Self.changes(in: try Repository.text("sql/functions/tickets.sql")).count > 10)
  }

  @Test("Benchmarks call the functions that servers call")
  func benchmarks() throws {
    for name in ["create_ticket", "comment", "message", "queue"] {
      let text = try Repository.text("sql/bench/\(name).sql")
      #expect(Self.changes(in: text) == [] && text.contains("helpdesk."), "\(name)")
    }
  }

  @Test("Each word with which a function refuses is an error that the domain knows")
  func refusals() throws {
    var words: Set<String> = []
    for file in try Self.files(below: "sql/functions", ".sql") {
      let text = try Repository.text(file)
      for match in text.matches(of: /(?:refusal := |then |else )'([a-z]+(?:_[a-z]+)+)'/) {
        words.insert(String(match.1))
      }
    }
    #expect(words.count > 20)
    for word in words { #expect(HelpdeskError(refusal: word) != nil, "\(word)") }
  }
}
