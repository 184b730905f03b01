/// A person at a terminal of a machine that reaches the shared database.
struct Operator: Sendable {
  let stage: Stage

  init() throws { stage = try .require() }

  /// Runs a command; it may reach addresses that are not public only if told so.
  func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) async throws -> Program.Outcome {
    try await Program.run(
      arguments, environment: ["DATABASE_URL": stage.databaseURL].merging(environment) { $1 },
      input: input)
  }

  func run(_ arguments: String..., input: String = "") async throws -> Program.Outcome {
    try await run(arguments, input: input)
  }

  /// The rows of a list, split at tabs.
  func list(_ arguments: String...) async throws -> [[String]] {
    let outcome = try await run(arguments)
    return outcome.status == 0
      ? outcome.line.split(separator: "\n").map {
        $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      } : [["\(outcome)"]]
  }
}
