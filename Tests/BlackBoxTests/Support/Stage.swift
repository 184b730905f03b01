import AsyncHTTPClient
import TestSupport

/// What all tests share: two servers on one database, and ways to speak to them. Each test makes
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

  static func require() throws -> Stage {
    guard let current else { throw TestError("the stage is not set: see Trait.stage") }
    return current
  }

  /// What the shared servers have logged of errors lately, for failures to show.
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
  func with(_ databaseURL: String, _ server: Server) throws -> Stage {
    Stage(
      template: template, databaseURL: databaseURL, sql: try PsqlSession(databaseURL), http: http,
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
