import Foundation

/// A PostgreSQL server on which tests create databases.
public struct TestServer: Sendable {
  /// The libpq URI of its maintenance database, with a superuser.
  public let url: String

  public init(url: String) { self.url = url }

  /// The server that `TEST_DATABASE_URL` names.
  public static var shared: TestServer {
    get throws { TestServer(url: try variable("TEST_DATABASE_URL")) }
  }

  /// The URL of another database on this server.
  public func url(database: String) throws -> String {
    var components = URLComponents(string: url)
    components?.path = "/\(database)"
    guard let other = components?.string else { throw TestError("\(url) is no URL") }
    return other
  }

  /// Runs a script with `psql` and returns its rows, columns separated by `|`.
  @discardableResult
  public func psql(_ sql: String) async throws -> String { try await Self.psql(url, sql) }

  static func psql(_ url: String, _ sql: String) async throws -> String {
    let output = try await TestProcess.run(
      "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql],
      environment: ["PGOPTIONS": "-c client_min_messages=warning"])
    return output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
