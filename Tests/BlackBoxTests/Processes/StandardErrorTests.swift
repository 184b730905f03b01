import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Standard output and error") struct StandardErrorTests {
    /// A pipe with a name, both of whose ends this object holds open.
    private final class NamedPipe: Sendable {
      let path: String
      private let descriptor: Int32

      init(in folder: URL) throws {
        path = folder.appendingPathComponent("pipe").path
        guard mkfifo(path, 0o600) == 0 else { throw TestError("no pipe") }
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
      }

      deinit { close(descriptor) }

      /// Reads what is in the pipe.
      func read() -> String {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
          let count = Glibc.read(descriptor, &chunk, chunk.count)
          guard count > 0 else { return String(decoding: text, as: UTF8.self) }
          text += chunk[..<count]
        }
      }
    }

    /// Lends `body` a server whose standard error goes where `redirections` says.
    private func withServer(
      _ redirections: String, environment: [String: String] = [:],
      _ body: (Server) async throws -> Void
    ) async throws {
      let program = try await Program.start(
        ["serve", "--no-worker"],
        environment: ["DATABASE_URL": try Stage.require().databaseURL, "PORT": "0"]
          .merging(environment) { $1 }, redirections: redirections)
      try await program.stopping {
        var port: Int?
        try await eventually("it listened", within: .seconds(20)) {
          guard program.isRunning else { throw TestError("it ended") }
          port = Self.listeningPort(program.pid)
          return port != nil
        }
        try await body(Server(program: program, port: port ?? 0))
      }
    }

    /// The port that a process listens on, which no log shows here.
    private static func listeningPort(_ pid: Int32) -> Int? {
      let files = FileManager.default
      let folder = "/proc/\(pid)/fd"
      let own = ((try? files.contentsOfDirectory(atPath: folder)) ?? []).compactMap {
        try? files.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
      }
      let table = (try? String(contentsOfFile: "/proc/\(pid)/net/tcp", encoding: .utf8)) ?? ""
      for line in table.split(separator: "\n").dropFirst() {
        // The second field is the address, the fourth the state (0A: listening), the tenth the inode.
        let fields = line.split(separator: " ")
        if fields.count > 9, fields[3] == "0A", own.contains("socket:[\(fields[9])]") {
          return Int(fields[1].suffix(4), radix: 16)
        }
      }
      return nil
    }

    private static let health = "GET /healthz HTTP/1.1\r\nHost: taco\r\n"

    private func dropped(_ server: Server) async throws -> Int {
      Int(try await server.metric("log_lines_dropped_total"))
    }

    @Test("An unread standard error stops nothing, and the log says what is missing")
    func unread() async throws {
      try await TemporaryDirectory.with { folder in
        let pipe = try NamedPipe(in: folder)
        try await withServer("2> \(pipe.path)", environment: ["LOG_FORMAT": "json"]) { server in
          #expect(try await dropped(server) == 0)
          // A line of each request: far more than the pipe and the server's buffer hold.
          let id = String(repeating: "x", count: 128)
          let request = "\(Self.health)X-Request-Id: \(id)\r\n"
          let sent = 6000
          let connection = try server.connect()
          async let answers = connection.waitForClose()
          try await connection.send(
            String(repeating: "\(request)\r\n", count: sent - 1)
              + "\(request)Connection: close\r\n\r\n")
          #expect(try await answers.components(separatedBy: "HTTP/1.1 200 OK").count == sent + 1)
          let lost = try await dropped(server)
          #expect(lost > 0)

          var log = ""
          func isAtEnd(_ text: String) -> Bool {
            log += pipe.read()
            return log.suffix(3000).contains(text)
          }
          try await eventually("the log went on") { isAtEnd("log lines dropped") }
          _ = try await server.site.send("GET", "/healthz", headers: [("X-Request-Id", "after")])
          try await eventually("new lines came") { isAtEnd(#""request_id":"after""#) }
          let lines = log.split(separator: "\n")
          let told = try lines.filter { $0.contains("log lines dropped") }
            .compactMap { try JSON(parsing: String($0))["lines"]?.int }.reduce(0, +)
          #expect(try await dropped(server) == told)
          #expect(lines.count { $0.contains(id) } + told >= sent)
        }
      }
    }

    @Test("SIGTERM ends a server whose standard error nobody reads")
    func stopping() async throws {
      try await TemporaryDirectory.with { folder in
        let pipe = try NamedPipe(in: folder)
        // Fill it completely.
        _ = try await TestProcess.run(
          "bash",
          ["-c", "dd if=/dev/zero of=\(pipe.path) bs=1024 oflag=nonblock conv=notrunc; true"])
        try await withServer("2> \(pipe.path)") { server in
          let health = try await server.site.get("/healthz")
          #expect(health.status == 200)
          server.program.signal(SIGTERM)
          let status = try await server.program.exitStatus(within: .seconds(8))
          #expect(status == 0)
        }
      }
    }

    @Test(
      "A server works without standard descriptors, whose numbers nothing else gets",
      arguments: ["2>&-", "<&- >&- 2>&-"])
    func closed(redirections: String) async throws {
      try await withServer(redirections) { server in
        for _ in 0..<3 { #expect(try await server.site.get("/readyz").status == 200) }
        for descriptor in 0...2 where descriptor == 2 || redirections.contains("<") {
          let target = try FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/\(server.program.pid)/fd/\(descriptor)")
          #expect(target == "/dev/null")
        }
      }
    }

    @Test("A server whose standard error has lost its reader goes on")
    func broken() async throws {
      try await TemporaryDirectory.with { folder in
        let path = folder.appendingPathComponent("pipe").path
        // The reader takes one line and leaves.
        let reader = try await TestProcess(
          "bash", ["-c", "mkfifo \(path) && read -r line < \(path)"])
        try await eventually("there was a pipe") { FileManager.default.fileExists(atPath: path) }
        try await withServer("2> \(path)") { server in
          #expect(try await reader.exitStatus() == 0)
          for _ in 0..<3 { #expect(try await server.site.get("/healthz").status == 200) }
          try await eventually("the loss was counted") { try await dropped(server) >= 3 }
        }
      }
    }

    @Test("The last lines before the end are in the log, in their order")
    func lastLines() async throws {
      let stage = try Stage.require()
      let server = try await Server.start(stage.databaseURL)
      let connection = try server.connect()
      for index in 0..<200 {
        let answer = try await connection.exchange("\(Self.health)X-Request-Id: n-\(index)\r\n\r\n")
        #expect(answer.status == 200)
      }
      await server.program.stop()
      let lines = server.program.standardError.split(separator: "\n")
      let ids = lines.compactMap { $0.firstMatch(of: /request_id=n-(\d+)/)?.1 }
      #expect(ids.compactMap { Int($0) } == Array(0..<200))
      #expect(lines.last?.contains("stopped") == true)
    }

    @Test(
      "A command whose output cannot be written fails and says so",
      arguments: [">/dev/full", ">&-"])
    func output(redirection: String) async throws {
      let program = try await Program.start(["secrets", "key"], redirections: redirection)
      #expect(try await program.exitStatus() == 74)
      #expect(program.standardError.contains("standard output"))
    }
  }
}
