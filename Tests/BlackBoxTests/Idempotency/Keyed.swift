import TestSupport

/// A request with an idempotency key.
struct Keyed: Sendable {
  let operation: Operation
  let subjects: Subjects
  var body: JSON
  var key: String

  /// Every operation that takes a key.
  static let operations = Operation.allCases.filter { $0.method == "POST" }

  init(_ operation: Operation, _ subjects: Subjects, key: String = "6f1c0f5e-8f0b-4f5a") {
    (self.operation, self.subjects, self.key) = (operation, subjects, key)
    body = operation.body(subjects)
  }

  func send(_ client: APIClient) async throws -> Answer {
    try await operation.perform(client, subjects, body, headers: [("Idempotency-Key", key)])
  }
}

extension Answer {
  /// The part of an answer that a replay repeats.
  var essence: [UInt8] { Array("\(status) \(header("Content-Type") ?? "")\n\(body)".utf8) }

  var isReplay: Bool { header("Idempotency-Replayed") == "true" }
}

extension Tenant {
  /// The numbers of things that operations make, of events and of merges.
  func effects() async throws -> [Int] {
    let tables = ["tickets", "comments", "conversations", "messages", "events"]
    let counts = try await stage.sql.run(
      "select \(tables.map { "(select count(*) from helpdesk.\($0) where org_id = '\(id)')" }.joined(separator: ", ")), "
        + "(select count(*) from helpdesk.tickets where org_id = '\(id)' and merged_into_id is not null)"
    )
    return counts.split(separator: "|").compactMap { Int($0) }
  }
}
