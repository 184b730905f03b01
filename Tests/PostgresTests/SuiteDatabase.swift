import TestSupport
import Testing

/// Gives a suite a database of its own, in which each of its tests has a schema.
struct SuiteDatabase: SuiteTrait, TestScoping {
  @TaskLocal static var current: TestDatabase?

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      try await Self.$current.withValue(database) { try await function() }
    }
  }
}

extension Trait where Self == SuiteDatabase {
  static var database: Self { SuiteDatabase() }
}

/// A schema of its own in the suite's database, and a name for the connections that use it.
struct TestSchema {
  let database: TestDatabase
  let name: String

  /// Makes one and runs `script` in it.
  init(_ script: String?) async throws {
    guard let database = SuiteDatabase.current else { throw TestError("no database") }
    self.database = database
    self.name = "test_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    try await psql("create schema \(name); \(script ?? "")")
  }

  /// The database's URL, with the schema in its `options`.
  var url: String { "\(database.url)?options=-csearch_path%3D\(name)" }

  func psql(_ sql: String) async throws {
    try await database.psql("set search_path to \(name); \(sql)")
  }
}
