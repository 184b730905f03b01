import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Without file descriptors") struct FileLimitTests {
    private let request = "GET /healthz HTTP/1.1\r\nHost: taco\r\n\r\n"

    /// The processor time that a process has used, in hundredths of a second.
    private func processorTime(_ pid: Int32) throws -> Int {
      let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
      let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
      return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
    }

    @Test("A server that runs out of them pauses, says so once, and goes on when there are some")
    func exhausted() async throws {
      let stage = try Stage.require()
      try await Server.with(stage.databaseURL) { server in
        let pid = server.program.pid
        let known = try server.connect()
        #expect(try await known.exchange(request).status == 200)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
        try await TestProcess.run("prlimit", ["--pid", "\(pid)", "--nofile=\(open + 3)"])
        var connections = try (0..<10).map { _ in try server.connect() }
        func lines(_ words: String) -> Int {
          server.program.standardError.split(separator: "\n").count { $0.contains(words) }
        }
        try await eventually("it said so") { lines("no new connections are accepted") == 1 }

        let (start, before) = (ContinuousClock.now, try processorTime(pid))
        try await eventually("a second passed") { ContinuousClock.now - start > .seconds(1) }
        #expect(try processorTime(pid) - before < 25)
        #expect(try await known.exchange(request).status == 200)

        // Connections that waited are now served.
        let waiting = try server.connect()
        try await waiting.send(request)
        connections = []
        #expect(try await waiting.answer().status == 200)
        try await eventually("it said so") { lines("accepted again") == 1 }
        #expect(lines("no new connections are accepted") == 1)
        #expect(connections.isEmpty)
      }
    }
  }
}
