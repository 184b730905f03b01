import AsyncHTTPClient
import TestSupport

/// The parts that all tests share: two servers on one database, and ways to speak to them. Each test makes
/// its own organization, so that none disturbs another.
struct Stage: Sendable {
  @TaskLocal static var current: Stage?

  /// A database that `tacohelp migrate` made; nobody is connected to it, so that it can be cloned.
  let template: TestDatabase
  let databaseURL: String
  let sql: PsqlSession
  let http: HTTPClient
  let server: Server
  let otherServer: Server

  static func with(
    _ template: TestDatabase, _ database: TestDatabase,
    _ body: @Sendable () async throws -> Void
  ) async throws {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
    let url = serversURL(database.url)
    try await HTTPClient.withHTTPClient(configuration: configuration) { http in
      try await Server.with(url) { server in
        try await Server.with(url) { otherServer in
          let stage = Stage(
            template: template, databaseURL: database.url, sql: PsqlSession(database.url),
            http: http, server: server, otherServer: otherServer)
          try await $current.withValue(stage) { try await body() }
        }
      }
    }
  }

  static func require() throws -> Stage {
    guard let current else { throw TestError("the stage is not set: see Trait.stage") }
    return current
  }

  /// The latest errors and warnings that the shared servers logged, for failures to show.
  static var complaints: String {
    guard let current else { return "" }
    let lines = [current.server, current.otherServer].flatMap { server in
      server.program.standardError.split(separator: "\n").filter {
        $0.contains(" error ") || $0.contains(" warning ")
      }.suffix(3)
    }
    return lines.isEmpty ? "" : "\nthe servers complained:\n\(lines.joined(separator: "\n"))"
  }

  /// The same with another database and one server on it.
  func with(_ databaseURL: String, _ server: Server) -> Stage {
    Stage(
      template: template, databaseURL: databaseURL, sql: PsqlSession(databaseURL), http: http,
      server: server, otherServer: server)
  }

  /// The URL with which a server has the rights of `tacohelp_app` and no others. Only what sessions give
  /// up: RolesTests has real logins.
  static func serversURL(_ url: String) -> String {
    "\(url)\(url.contains("?") ? "&" : "?")options=-c%20role%3Dtacohelp_app"
  }

  /// Lends a fresh migrated database to `body`.
  static func withDatabase<R>(_ body: (TestDatabase) async throws -> R) async throws -> R {
    try await TestDatabase.with(from: try require().template.name, body)
  }
}
