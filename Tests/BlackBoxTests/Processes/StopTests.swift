import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Stopping") struct StopTests {
    private func isRefused(_ server: Server) -> Bool { (try? server.connect()) == nil }

    @Test("On SIGTERM what runs is answered with Connection: close, and no more is accepted")
    func graceful() async throws {
      try await Tenant.withServer { tenant in
        let server = tenant.server
        let ticket = try await tenant.makeTicket().id
        let idle = try server.connect()
        let health = try await idle.exchange("GET /healthz HTTP/1.1\r\nHost: taco\r\n\r\n")
        #expect(health.status == 200)

        // A lock holds the request up until we say so.
        let lock = PsqlSession(tenant.stage.databaseURL)
        try await lock.run("begin; select id from helpdesk.tickets for update")
        let body = #"{"status":"CLOSED"}"#
        let connection = try server.connect()
        try await connection.send(
          "PATCH /api/external/tickets/\(ticket) HTTP/1.1\r\nHost: taco\r\n"
            + "Authorization: Bearer \(tenant.key)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            + body)
        try await eventually("the request waits for the lock") {
          try await tenant.sql.int(
            """
            select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'
            """) == 1
        }
        server.program.signal(SIGTERM)
        #expect(try await idle.waitForClose() == "")
        try await eventually("connections are refused") { isRefused(server) }
        #expect(server.program.isRunning)
        try await lock.run("commit")
        let answer = try await connection.answer()
        #expect(answer.status == 200)
        #expect(answer.json["status"] == "CLOSED")
        #expect(answer.header("Connection")?.lowercased() == "close")
        #expect(try await connection.waitForClose() == "")
        #expect(try await server.program.exitStatus() == 0)
        #expect(server.program.standardOutput == "")
      }
    }

    @Test("Requests behind the last answer are not carried out")
    func pipelined() async throws {
      try await Tenant.withServer { tenant in
        let server = tenant.server
        let connection = try server.connect()
        try await connection.send(
          String(repeating: ConnectionTests.post(tenant.key, "Sam"), count: 1000))
        func made() async throws -> Int {
          try await tenant.sql.int("select count(*) from helpdesk.conversations")
        }
        try await eventually("it works") { try await made() > 0 }
        server.program.signal(SIGTERM)
        let answers = try await connection.waitForClose()
        #expect(try await server.program.exitStatus() == 0)
        #expect(answers.matches(of: /HTTP\/1.1 201/).count == (try await made()))
      }
    }

    @Test("A client that does not read its answers keeps no server from stopping")
    func unread() async throws {
      try await Tenant.withServer { tenant in
        let server = tenant.server
        let ticket = try await tenant.makeTicket([
          "description": .string(String(repeating: "Long. ", count: 8000))
        ])
        let path = "/tickets/\(try #require(ticket["id"]?.string))"
        let connection = try server.connect()
        try await connection.send(
          String(repeating: ConnectionTests.get(path, tenant.key), count: 1000))
        #expect(try await connection.answer().status == 200)
        server.program.signal(SIGTERM)
        #expect(try await server.program.exitStatus(within: .seconds(35)) == 0)
      }
    }

    @Test("Clients that go on sending behind their last answers keep no server from stopping")
    func lingering() async throws {
      try await Server.with(Stage.require().databaseURL) { server in
        let head =
          "POST /api/external/tickets HTTP/1.1\r\nHost: taco\r\nContent-Length: 1000000\r\n\r\n"
        let connections = try (0..<50).map { _ in try server.connect() }
        for connection in connections {
          #expect(try await connection.exchange(head).status == 401)
          try await connection.send(String(repeating: "0", count: 64 << 10))
        }
        server.program.signal(SIGTERM)
        // Each connection is closed in order, not reset.
        for connection in connections { #expect(try await connection.waitForClose() == "") }
        #expect(try await server.program.exitStatus(within: .seconds(5)) == 0)
      }
    }

    @Test("An idle server stops at once, with its worker", arguments: [SIGTERM, SIGINT, SIGHUP])
    func idle(signal: Int32) async throws {
      try await Tenant.withServer(arguments: []) { tenant in
        let program = tenant.server.program
        program.signal(signal)
        let status = try await program.exitStatus(within: .seconds(8))
        #expect(status == 0)
        #expect(program.standardOutput == "")
      }
    }

    @Test("A server under nohup does not stop on SIGHUP")
    func hangUp() async throws {
      let url = try Stage.require().databaseURL
      let server = try await Server.start(url, prefix: ["nohup"])
      try await server.program.stopping {
        server.program.signal(SIGHUP)
        let health = try await server.site.get("/healthz")
        #expect(health.status == 200)
      }
    }

    @Test("A server that still waits for its database stops when told to")
    func waiting() async throws {
      let program = try await Program.start(
        ["serve"],
        environment: ["DATABASE_URL": "postgresql://postgres@127.0.0.1:1/x", "PORT": "0"])
      // It must have got far enough to listen for signals.
      try await eventually("it began") { !program.standardError.isEmpty || catches(program.pid) }
      program.signal(SIGTERM)
      _ = try await program.exitStatus(within: .seconds(10))
    }

    /// True if a process has a handler for SIGTERM.
    private func catches(_ pid: Int32) -> Bool {
      let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
      let mask = line.flatMap { UInt64($0.dropFirst(7).drop { $0 == "\t" }, radix: 16) } ?? 0
      return mask & (1 << UInt64(SIGTERM - 1)) != 0
    }

    @Test(
      "A worker alone says when it is ready, listens nowhere, and stops when told to",
      arguments: [SIGTERM, SIGHUP])
    func worker(signal: Int32) async throws {
      try await Sending.with(worker: false) { sending in
        try await sending.withWorker { worker in
          #expect(worker.standardError.split(separator: "\n").count == 1)
          #expect(!worker.standardError.contains("listening"))
          worker.signal(signal)
          let status = try await worker.exitStatus(within: .seconds(8))
          #expect(status == 0)
          #expect(worker.standardOutput == "")
        }
      }
    }

    @Test("A worker that is given a port answers health and metrics there, and nothing else")
    func workerWithPort() async throws {
      let port = try FreePort.find()
      try await Sending.with(worker: false) { sending in
        try await sending.withWorker(["PORT": "\(port)"]) { worker in
          let server = Server(program: worker, port: port)
          try await eventually("it listens") { !isRefused(server) }
          for path in ["/healthz", "/readyz", "/metrics"] {
            #expect(try await server.site.get(path).status == 200)
          }
          #expect(try await server.client().get("/tickets").status == 404)
          worker.signal(SIGTERM)
          #expect(try await worker.exitStatus(within: .seconds(8)) == 0)
        }
      }
    }
  }
}
