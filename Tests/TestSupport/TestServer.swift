import Foundation

/// A PostgreSQL server on which tests create databases.
public struct TestServer: Sendable {
  /// A libpq URI of its maintenance database, a superuser's.
  public let url: String

  public init(url: String) { self.url = url }

  /// The server that `TEST_DATABASE_URL` names. Tests never skip: without it they fail.
  public static var shared: TestServer {
    get throws {
      guard let url = ProcessInfo.processInfo.environment["TEST_DATABASE_URL"], !url.isEmpty else {
        throw TestError(
          """
          TEST_DATABASE_URL is not set: tests need the URL of a PostgreSQL server as a superuser, \
          to create databases and roles, as postgresql://postgres@127.0.0.1:5432/postgres (scripts/test sets it)
          """)
      }
      return TestServer(url: url)
    }
  }

  /// The URL of another database on this server.
  public func url(database: String) throws -> String {
    guard var components = URLComponents(string: url) else {
      throw TestError("\(url) is not a URL")
    }
    components.path = "/\(database)"
    guard let url = components.string else { throw TestError("\(database) does not fit a URL") }
    return url
  }

  /// Runs a script by `psql` and returns its rows, columns separated by `|`.
  @discardableResult
  public func psql(_ sql: String) async throws -> String { try await Self.psql(url, sql) }

  static func psql(_ url: String, _ sql: String) async throws -> String {
    let output = try await TestProcess.run(
      "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql],
      environment: ["PGOPTIONS": "-c client_min_messages=warning"])
    return output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
