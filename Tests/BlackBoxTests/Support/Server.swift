import AsyncHTTPClient
import TestSupport

/// A running `tacohelp serve` on a port that the system chose.
struct Server: Sendable {
  let program: TestProcess
  let port: Int

  /// Starts a server on a database and waits until it listens. It sends no webhooks unless asked to: the
  /// worker would change the deliveries that tests look at.
  static func start(
    _ databaseURL: String, arguments: [String] = ["--no-worker"],
    environment: [String: String] = [:], prefix: [String] = []
  ) async throws -> Server {
    let given = [
      "DATABASE_URL": databaseURL, "DATABASE_POOL_SIZE": "5", "PORT": "0",
      // Each browser then has its own address, and its own sign-in tries.
      "TRUSTED_PROXIES": "127.0.0.0/8",
    ].merging(environment) { $1 }
    let program = try await Program.start(["serve"] + arguments, environment: given, prefix: prefix)
    do {
      try await eventually("a server listened", within: .seconds(30)) {
        guard program.isRunning else { throw TestError("the server ended") }
        return port(in: program.standardError) != nil
      }
    } catch {
      await program.stop()
      throw TestError("\(error)\n\(program.standardError)")
    }
    return Server(program: program, port: port(in: program.standardError) ?? 0)
  }

  /// Lends a started server to `body` and stops it afterwards.
  static func with<R>(
    _ databaseURL: String, arguments: [String] = ["--no-worker"],
    environment: [String: String] = [:], _ body: (Server) async throws -> R
  ) async throws -> R {
    let server = try await start(databaseURL, arguments: arguments, environment: environment)
    return try await server.program.stopping { try await body(server) }
  }

  func client(_ key: String? = nil) throws -> APIClient {
    APIClient(http: try Stage.require().http, origin: "http://127.0.0.1:\(port)", key: key)
  }

  /// Everything outside of the API, such as `/metrics`.
  var site: APIClient { get throws { try client().site } }

  func connect() throws -> RawConnection { try RawConnection(port: port) }

  /// The value of one of the server's metrics, including its labels, such as
  /// `http_messages_refused_total{status="400"}`; zero if there is none.
  func metric(_ series: String) async throws -> Double {
    let lines = try await site.get("/metrics").body.split(separator: "\n")
    let line = lines.first { $0.hasPrefix("\(series) ") }
    return line.flatMap { Double($0.dropFirst(series.count + 1)) } ?? 0
  }

  /// From the line `… listening … port=12345`, or the same as JSON.
  private static func port(in log: String) -> Int? {
    log.firstMatch(of: /listening.*port(?:=|":"?)(\d+)/).flatMap { Int($0.1) }
  }
}
