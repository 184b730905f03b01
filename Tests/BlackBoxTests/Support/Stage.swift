import AsyncHTTPClient
import TestSupport
import Testing

/// The parts that all tests share: two servers on one database, and ways to send requests to them. Each
/// test makes its own organization, so that none disturbs another.
struct Stage: Sendable {
  @TaskLocal static var current: Stage?

  /// A database that `tacohelp migrate` made; nobody is connected to it, so that it can be cloned.
  let template: TestDatabase
  let http: HTTPClient
  let databaseURL: String
  let sql: PsqlSession
  let server: Server
  let otherServer: Server

  static func require() throws -> Stage {
    guard let current else { throw TestError("the stage is not set: see Trait.stage") }
    return current
  }

  /// The latest errors and warnings that the shared servers logged, for failures to show.
  static var complaints: [Substring] {
    guard let current else { return [] }
    return [current.server, current.otherServer].flatMap { server in
      server.program.standardError.split(separator: "\n").filter {
        $0.contains(" error ") || $0.contains(" warning ")
      }.suffix(3)
    }
  }

  /// The URL with which a server has only the rights of `tacohelp_app`. The session could give itself
  /// more: RolesTests has real logins.
  static func serversURL(_ url: String) -> String {
    "\(url)\(url.contains("?") ? "&" : "?")options=-c%20role%3Dtacohelp_app"
  }

  /// Lends a fresh migrated database to `body`.
  static func withDatabase<R>(_ body: (TestDatabase) async throws -> R) async throws -> R {
    try await TestDatabase.with(from: try require().template.name, body)
  }
}

/// Sets the stage once around the suite.
struct StageTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
    try await HTTPClient.withHTTPClient(configuration: configuration) { http in
      try await TestDatabase.with { template in
        try await Program.migrate(template.url, "--roles")
        try await TestDatabase.with(from: template.name) { database in
          let url = Stage.serversURL(database.url)
          try await Server.with(url) { server in
            try await Server.with(url) { otherServer in
              let stage = Stage(
                template: template, http: http, databaseURL: database.url,
                sql: PsqlSession(database.url), server: server, otherServer: otherServer)
              try await Stage.$current.withValue(stage) { try await function() }
            }
          }
        }
      }
    }
  }
}

extension Trait where Self == StageTrait {
  /// Two servers on one database around the whole suite.
  static var stage: Self { Self() }
}
