/// A test's own database, with a random name.
public struct TestDatabase: Sendable {
  public let server: TestServer
  public let name: String
  /// Its libpq URI.
  public let url: String

  /// Clones `template` on `server`, by default the shared one.
  /// - Parameter options: more of CREATE DATABASE, such as `encoding 'LATIN1'`
  public static func create(
    from template: String = "template1", options: String = "", on server: TestServer? = nil
  ) async throws -> TestDatabase {
    let server = try server ?? .shared
    let name = "test_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    let database = TestDatabase(server: server, name: name, url: try server.url(database: name))
    try await server.psql("create database \"\(name)\" template \"\(template)\" \(options)")
    return database
  }

  /// The same database, whose `psql` has these settings, such as `lock_timeout=0`.
  public func with(settings: [String]) -> TestDatabase {
    let options = settings.map {
      "-c%20" + $0.replacing(" ", with: "%5C%20").replacing("=", with: "%3D")
    }
    return TestDatabase(
      server: server, name: name, url: "\(url)?options=\(options.joined(separator: "%20"))")
  }

  /// Drops the database, after ending its sessions.
  public func drop() async throws {
    try await server.psql("drop database if exists \"\(name)\" with (force)")
  }

  /// Runs a script with `psql` and returns its rows, columns separated by `|`.
  @discardableResult
  public func psql(_ sql: String) async throws -> String { try await TestServer.psql(url, sql) }

  /// Lends a database to `body` and drops it afterwards.
  public static func with<R>(
    from template: String = "template1", options: String = "",
    _ body: (TestDatabase) async throws -> R
  ) async throws -> R {
    let database = try await create(from: template, options: options)
    return try await ending(with: database.drop) { try await body(database) }
  }
}
