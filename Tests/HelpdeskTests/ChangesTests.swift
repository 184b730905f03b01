import TestSupport
import Testing

@testable import Helpdesk

/// Each change is one function, which servers, workers, operators and benchmarks call.
@Suite("Where rows are changed") struct ChangesTests {
  /// Statements that change or lock rows.
  private static func changes(in text: String) -> [String] {
    text.split(separator: "\n").filter { line in
      line.contains(
        /\b(insert\s+into|update|delete\s+from|merge\s+into)\s+(helpdesk[.]|\\\()|\bfor (no key )?(update|share)\b/
      )
    }.map(String.init)
  }

  @Test(
    "Only functions of sql/functions change rows",
    arguments: [("Sources", ".swift"), ("sql/ops", ".sql")])
  func onlyFunctions(folder: String, suffix: String) throws {
    let files = try Repository.files(below: folder, suffix)
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
    for file in try Repository.files(below: "sql/functions", ".sql") {
      let text = try Repository.text(file)
      for match in text.matches(of: /(?:refusal := |then |else )'([a-z]+(?:_[a-z]+)+)'/) {
        words.insert(String(match.1))
      }
    }
    #expect(words.count > 20)
    for word in words { #expect(HelpdeskError(refusal: word) != nil, "\(word)") }
  }
}
