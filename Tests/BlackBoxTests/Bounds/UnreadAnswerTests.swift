import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Answers that nobody reads") struct UnreadAnswerTests {
    /// The memory of a process that is in use, in MB.
    private func memory(_ server: Server) throws -> Int {
      let status = try String(contentsOfFile: "/proc/\(server.program.pid)/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
      let kilobytes = try #require(Int(line.filter(\.isNumber)))
      return kilobytes * 1024 / 1_000_000
    }

    @Test(
      "A hundred who ask for the largest conversation and do not read cost little, and nobody else waits"
    )
    func hundred() async throws {
      let stage = try Stage.require()
      let (tenant, other) = (try await Tenant.make(), try await Tenant.make(rateLimit: 100_000))
      let chat = try await tenant.makeConversation().id
      try await Items.messages.insert(tenant, chat, 50_000, content: "rpad(n || ':', 10000, 'x')")
      let ticket = try await other.makeTicket().id
      try await Server.with(stage.databaseURL) { server in
        let client = try server.client(other.key)
        for _ in 0..<20 { _ = try await client.get("/tickets/\(ticket)") }
        let before = try memory(server)
        let request = """
          GET /api/external/chat/conversations/\(chat) HTTP/1.1\r
          Host: taco\r
          Authorization: Bearer \(tenant.key)\r
          \r

          """
        var readers: [RawConnection] = []
        for _ in 0..<100 { readers.append(try RawConnection(port: server.port, room: 4096)) }
        for reader in readers { try await reader.send(request) }
        // The same requests to an idle server show how long they take here and now.
        let control = try stage.otherServer.client(other.key)
        var (most, rounds, difference) = (0, 0, Duration.zero)
        func round(_ client: APIClient) async throws -> Duration {
          let start = ContinuousClock.now
          #expect(try await client.get("/tickets/\(ticket)").status == 200)
          #expect(try await client.get("/tickets?limit=100").status == 200)
          return ContinuousClock.now - start
        }
        try await eventually("the memory for answers was used up", within: .seconds(30)) {
          difference += try await round(client) - round(control)
          rounds += 1
          most = max(most, try memory(server) - before)
          return try await server.metric("http_response_memory_bytes") > 210_000_000
        }
        #expect(most < 300, "\(most) MB more than \(before)")
        #expect(difference < .milliseconds(100) * rounds, "\(difference) in \(rounds) rounds")
        #expect(try await server.metric("http_response_memory_waiting") > 0)
        // Readers that disconnect make room for those that wait, and then all memory is given back.
        for reader in readers.dropFirst() { reader.reset() }
        #expect(try await readers[0].answer().status == 200)
        try await eventually("nobody waited any longer") {
          try await server.metric("http_response_memory_waiting") == 0
        }
        try await eventually("nothing was left") {
          try await server.metric("http_response_memory_bytes") == 0
        }
        try await eventually("the memory was given back to the system") {
          try memory(server) - before < 80
        }
      }
    }
  }
}
