import AsyncHTTPClient
import TestSupport

/// A running `tacohelp serve` on a port that the system chose.
struct Server: Sendable {
  let program: Program
  let port: Int

  /// Starts a server on a database and waits until it listens. Nothing is sent by it unless asked:
  /// the worker would change the deliveries that tests look at.
  static func start(
    _ databaseURL: String, arguments: [String] = ["--no-worker"],
    environment: [String: String] = [:], prefix: [String] = []
  ) async throws -> Server {
    let given = [
      "DATABASE_URL": databaseURL, "DATABASE_POOL_SIZE": "5", "PORT": "0",
      // So that each browser has an address of its own, and its own tries to sign in.
      "TRUSTED_PROXIES": "127.0.0.0/8",
    ].merging(environment) { $1 }
    let program = try Program(["serve"] + arguments, environment: given, prefix: prefix)
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
    _ databaseURL: String, environment: [String: String] = [:], _ body: (Server) async throws -> R
  ) async throws -> R {
    let server = try await start(databaseURL, environment: environment)
    do {
      let result = try await body(server)
      await server.program.stop()
      return result
    } catch {
      await server.program.stop()
      throw error
    }
  }

  func client(_ key: String? = nil) throws -> APIClient {
    APIClient(http: try Stage.require().http, origin: "http://127.0.0.1:\(port)", key: key)
  }

  func connect() throws -> RawConnection { try RawConnection(port: port) }

  /// From the line `… listening … port=12345`, or the same as JSON.
  private static func port(in log: String) -> Int? {
    for line in log.split(separator: "\n") where line.contains("listening") {
      for mark in ["port=", "\"port\":\"", "\"port\":"] {
        guard let range = line.firstRange(of: mark) else { continue }
        if let port = Int(line[range.upperBound...].prefix { $0.isNumber }) { return port }
      }
    }
    return nil
  }
}
