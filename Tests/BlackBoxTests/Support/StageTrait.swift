import AsyncHTTPClient
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
        try await perform(function, template, database)
      }
    }
  }

  private func perform(
    _ function: @Sendable () async throws -> Void, _ template: TestDatabase,
    _ database: TestDatabase
  ) async throws {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
    let http = HTTPClient(configuration: configuration)
    let server = try await Server.start(Stage.serversURL(database.url))
    let otherServer = try await Server.start(Stage.serversURL(database.url))
    let stage = Stage(
      template: template, databaseURL: database.url, sql: try PsqlSession(database.url),
      http: http, server: server, otherServer: otherServer)
    let result: Result<Void, any Error>
    do {
      result = .success(try await Stage.$current.withValue(stage) { try await function() })
    } catch {
      result = .failure(error)
    }
    await server.program.stop()
    await otherServer.program.stop()
    try await http.shutdown()
    try result.get()
  }
}

extension Trait where Self == StageTrait {
  /// Two servers on one database around the whole suite.
  static var stage: Self { Self() }
}
