import TestSupport

/// An operation that the description lists.
struct DescribedOperation: Sendable {
  let id: String
  let method: String
  /// With its parameters, such as `/api/external/tickets/{ticketId}`.
  let path: String
  /// The scope that a key needs; nil if no key is needed.
  let scope: String?

  /// All of `/openapi.json`.
  static func all() async throws -> [DescribedOperation] {
    let document = try await Stage.require().server.site.get("/openapi.json").json
    let paths = document["paths"] ?? .null
    var operations: [DescribedOperation] = []
    for path in paths.keys ?? [] {
      for method in paths[path]?.keys ?? [] where method != "parameters" {
        let operation = paths[path]?[method] ?? .null
        guard let id = operation["operationId"]?.string else {
          throw TestError("\(method) \(path) has no operationId")
        }
        operations.append(
          DescribedOperation(
            id: id, method: method.uppercased(), path: path, scope: operation["x-scope"]?.string))
      }
    }
    return operations
  }

  /// A request for it, without a body.
  func request(_ client: APIClient, _ subjects: Subjects) async throws -> Answer {
    let target = path.replacing("{ticketId}", with: subjects.ticket)
      .replacing("{conversationId}", with: subjects.conversation)
    return try await client.site.send(method, target)
  }
}
