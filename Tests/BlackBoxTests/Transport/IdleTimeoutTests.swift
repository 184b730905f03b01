import TestSupport
import Testing

extension TacoHelp {
  @Suite("The idle timeout") struct IdleTimeoutTests {
    @Test("Connections that are quiet close after IDLE_TIMEOUT", arguments: ["serve", "worker"])
    func setting(command: String) async throws {
      try await Stage.withDatabase { database in
        let port = try FreePort.find()
        let program = try await Program.start(
          [command],
          environment: ["DATABASE_URL": database.url, "PORT": "\(port)", "IDLE_TIMEOUT": "1s"])
        try await program.stopping {
          try await eventually("it listened", within: .seconds(20)) {
            (try? RawConnection(port: port)) != nil
          }
          let start = ContinuousClock.now
          let connection = try RawConnection(port: port)
          let answer = try await connection.exchange(
            "GET /healthz HTTP/1.1\r\nHost: taco\r\n\r\n")
          #expect(answer.status == 200)
          #expect(try await connection.waitForClose() == "")
          #expect(ContinuousClock.now - start > .milliseconds(900))
        }
      }
    }
  }
}
