import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Stopping") struct StopTests {
    private func isRefused(_ server: Server) -> Bool {
      do {
        _ = try server.connect()
        return false
      } catch {
        return true
      }
    }

    @Test("On SIGTERM what runs is answered with Connection: close, and no more is accepted")
    func graceful() async throws {
      try await Stage.withDatabase { database in
        try await Server.with(database.url) { server in
          let tenant = try await Tenant.make(on: Stage.require().with(database.url, server))
          let ticket = try await tenant.makeTicket().id
          let idle = try server.connect()
          let health = try await idle.exchange("GET /healthz HTTP/1.1\r\nHost: taco\r\n\r\n")
          #expect(health.status == 200)

          // A lock holds the request up until we say so.
          let lock = try PsqlSession(database.url)
          try await lock.run("begin; select id from helpdesk.tickets for update")
          let body = #"{"status":"CLOSED"}"#
          let connection = try server.connect()
          try await connection.send(
            "PATCH /api/external/tickets/\(ticket) HTTP/1.1\r\nHost: taco\r\n"
              + "Authorization: Bearer \(tenant.key)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
              + body)
          try await eventually("the request waits for the lock") {
            try await tenant.stage.sql.int(
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
    }

    @Test("What stands behind the last answer is not done")
    func pipelined() async throws {
      try await Stage.withDatabase { database in
        try await Server.with(database.url) { server in
          let tenant = try await Tenant.make(
            rateLimit: 100_000, on: Stage.require().with(database.url, server))
          let connection = try server.connect()
          try await connection.send(
            String(repeating: ConnectionTests.post(tenant.key, "Sam"), count: 1000))
          func made() async throws -> Int {
            try await tenant.stage.sql.int("select count(*) from helpdesk.conversations")
          }
          try await eventually("it works") { try await made() > 0 }
          server.program.signal(SIGTERM)
          let answers = try await connection.waitForClose()
          #expect(try await server.program.exitStatus() == 0)
          #expect(answers.matches(of: /HTTP\/1.1 201/).count == (try await made()))
        }
      }
    }

    @Test("A client that does not read its answers keeps no server from stopping")
    func unread() async throws {
      try await Stage.withDatabase { database in
        try await Server.with(database.url) { server in
          let tenant = try await Tenant.make(
            rateLimit: 100_000, on: Stage.require().with(database.url, server))
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
    }

    @Test("Clients that go on sending behind their last answers keep no server from stopping")
    func lingering() async throws {
      try await Stage.withDatabase { database in
        try await Server.with(database.url) { server in
          let head =
            "POST /api/external/tickets HTTP/1.1\r\nHost: taco\r\nContent-Length: 1000000\r\n\r\n"
          let connections = try (0..<50).map { _ in try server.connect() }
          for connection in connections {
            #expect(try await connection.exchange(head).status == 401)
            try await connection.send(String(repeating: "0", count: 64 << 10))
          }
          server.program.signal(SIGTERM)
          // Each is told the end in order, not with a reset.
          for connection in connections { #expect(try await connection.waitForClose() == "") }
          #expect(try await server.program.exitStatus(within: .seconds(5)) == 0)
        }
      }
    }

    @Test("An idle server stops at once, with its worker", arguments: [SIGTERM, SIGINT, SIGHUP])
    func idle(signal: Int32) async throws {
      try await Stage.withDatabase { database in
        let server = try await Server.start(database.url, arguments: [])
        server.program.signal(signal)
        #expect(try await server.program.exitStatus(within: .seconds(8)) == 0)
        #expect(server.program.standardOutput == "")
      }
    }

    @Test("A worker stops on SIGHUP, and a server under nohup does not")
    func hangUp() async throws {
      try await Stage.withDatabase { database in
        let worker = try Program(["worker"], environment: ["DATABASE_URL": database.url])
        try await eventually("it is ready", within: .seconds(20)) {
          worker.standardError.contains("ready")
        }
        worker.signal(SIGHUP)
        #expect(try await worker.exitStatus(within: .seconds(8)) == 0)

        let server = try await Server.start(database.url, prefix: ["nohup"])
        server.program.signal(SIGHUP)
        #expect(try await server.client().get("//healthz").status == 200)
        await server.program.stop()
      }
    }

    @Test("A server that still waits for its database stops when told to")
    func waiting() async throws {
      let program = try Program(
        ["serve"],
        environment: ["DATABASE_URL": "postgresql://postgres@127.0.0.1:1/x", "PORT": "0"])
      // It has to have come as far as to listen to signals.
      try await eventually("it began") { !program.standardError.isEmpty || catches(program.pid) }
      program.signal(SIGTERM)
      _ = try await program.exitStatus(within: .seconds(10))
    }

    /// Whether a process has a handler for SIGTERM.
    private func catches(_ pid: Int32) -> Bool {
      let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
      let mask = line.flatMap { UInt64($0.dropFirst(7).drop { $0 == "\t" }, radix: 16) } ?? 0
      return mask & (1 << UInt64(SIGTERM - 1)) != 0
    }

    @Test("A worker alone says when it is ready, listens nowhere, and stops when told to")
    func worker() async throws {
      try await Stage.withDatabase { database in
        let program = try Program(["worker"], environment: ["DATABASE_URL": database.url])
        try await eventually("it is ready", within: .seconds(20)) {
          program.standardError.contains("ready")
        }
        #expect(program.standardError.split(separator: "\n").count == 1)
        #expect(!program.standardError.contains("listening"))
        program.signal(SIGTERM)
        #expect(try await program.exitStatus(within: .seconds(8)) == 0)
        #expect(program.standardOutput == "")
      }
    }

    @Test("A worker that is given a port answers health and metrics there, and nothing else")
    func workerWithPort() async throws {
      try await Stage.withDatabase { database in
        let port = try FreePort.find()
        let program = try Program(
          ["worker"], environment: ["DATABASE_URL": database.url, "PORT": "\(port)"])
        let server = Server(program: program, port: port)
        try await eventually("it is ready", within: .seconds(20)) {
          program.standardError.contains("ready") && !isRefused(server)
        }
        for path in ["//healthz", "//readyz", "//metrics"] {
          #expect(try await server.client().get(path).status == 200)
        }
        #expect(try await server.client().get("/tickets").status == 404)
        program.signal(SIGTERM)
        #expect(try await program.exitStatus(within: .seconds(8)) == 0)
      }
    }
  }
}
