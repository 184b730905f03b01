import TestSupport
import Testing

/// Sets the stage once around the suite.
struct StageTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await TestDatabase.with { template in
      let migration = try await Program.run(
        "migrate", "--roles", environment: ["DATABASE_URL": template.url])
      guard migration.status == 0 else { throw TestError("\(migration)") }
      try await TestDatabase.with(from: template.name) { database in
        try await Stage.with(template, database, function)
      }
    }
  }
}

extension Trait where Self == StageTrait {
  /// Two servers on one database around the whole suite.
  static var stage: Self { Self() }
}
