import TestSupport
import Testing

extension TacoHelp {
  @Suite("Logs") struct LogTests {
    private let marker = "planted-marker"

    @Test("JSON logs have a line for each request, and never a key or a body")
    func json() async throws {
      let environment = ["LOG_FORMAT": "json", "LOG_LEVEL": "trace"]
      try await Tenant.withServer(environment: environment) { tenant in
        let server = tenant.server
        let ticket = try await tenant.makeTicket(["subject": .string("\(marker) 1")]).id
        let client = try tenant.client
        let headers = { (id: String) in [("X-Request-Id", "request-\(id)")] }
        _ = try await client.send("GET", "/tickets/\(ticket)", headers: headers("found"))
        _ = try await client.send("GET", "/tickets?limit=\(marker)", headers: headers("bad"))
        _ = try await client.send(
          "POST", "/tickets", headers: headers("spoilt"), body: Array("{\"\(marker)\"".utf8))
        _ = try await client.send(
          "POST", "/tickets/\(ticket)/comments",
          json: ["content": .string("\(marker) 2"), "authorEmail": "\(marker)@example.com"])
        let unknown = "th_" + String(repeating: "Q", count: 43)
        _ = try await server.client(unknown).send("GET", "/tickets", headers: headers("unknown"))
        _ = try await client.site.send("GET", "/healthz", headers: headers("health"))
        await server.program.stop()

        let log = server.program.standardError
        #expect(server.program.standardOutput == "")
        for secret in [tenant.key, unknown, marker, String(tenant.key.dropFirst(3))] {
          #expect(!log.contains(secret))
        }
        let lines = try log.split(separator: "\n").map { try JSON(parsing: String($0)) }
        #expect(lines.allSatisfy { $0["message"]?.string != nil && $0["level"]?.string != nil })
        func line(_ id: String) throws -> JSON {
          let own = lines.filter {
            $0["request_id"]?.string == "request-\(id)" && $0["status"] != nil
          }
          #expect(own.count == 1)
          return try #require(own.first)
        }
        let found = try line("found")
        #expect(found["method"] == "GET" && found["status"] == 200)
        #expect(found["route"] == "/api/external/tickets/{ticketId}")
        #expect(found["org_id"] == .string(tenant.id))
        #expect(found["key_id"]?.string?.wholeMatch(of: /c[a-z0-9]{24}/) != nil)
        #expect(found["duration_ms"] != nil)
        #expect(try line("bad")["status"] == 400)
        #expect(try line("bad")["route"] == "/api/external/tickets")
        #expect(try line("spoilt")["method"] == "POST")
        #expect(try line("unknown")["status"] == 401)
        #expect(try line("unknown")["key_id"] == nil)
        #expect(try line("health")["status"] == 200)
      }
    }

    @Test("A request id is in every log line of its request, errors of the database included")
    func errors() async throws {
      try await Tenant.withServer(environment: ["LOG_FORMAT": "json"]) { tenant in
        let server = tenant.server
        try await tenant.sql.run("alter table helpdesk.tickets rename column subject to topic")
        let answer = try await tenant.client.send(
          "GET", "/tickets", headers: [("X-Request-Id", "unlucky")])
        #expect(answer.outcome == "500 internal_error")
        for inside in ["subject", "helpdesk.", "42703", "Postgres", "column"] {
          #expect(!answer.body.contains(inside))
        }
        await server.program.stop()
        let lines = try server.program.standardError.split(separator: "\n").map {
          try JSON(parsing: String($0))
        }
        let own = lines.filter { $0["request_id"] == "unlucky" }
        #expect(own.contains { $0["level"] == "error" })
        #expect(own.contains { $0["status"] == 500 })
      }
    }

    @Test("Text logs have one line for each record, whatever a client sends")
    func text() async throws {
      try await Tenant.withServer { tenant in
        let server = tenant.server
        for path in ["/%0Aforged", "/%0D%0A2026-01-01T00:00:00.000Z%20info", "/%1B%5B31m"] {
          _ = try await tenant.client.get(path)
        }
        await server.program.stop()
        for line in server.program.standardError.split(separator: "\n") {
          #expect(line.prefixMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z [a-z]+\s/) != nil)
        }
      }
    }
  }
}
