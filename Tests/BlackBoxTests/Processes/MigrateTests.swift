import TestSupport
import Testing

extension TacoHelp {
  @Suite("Migrating") struct MigrateTests {
    private func migrate(_ database: TestDatabase) async throws -> Program.Outcome {
      try await Program.run("migrate", environment: ["DATABASE_URL": database.url])
    }

    @Test("Eight migrations at once all succeed, and each file is applied once")
    func race() async throws {
      try await TestDatabase.with { database in
        let lines = try await withThrowingTaskGroup(of: [Substring].self) { group in
          for _ in 0..<8 {
            group.addTask {
              let outcome = try await migrate(database)
              #expect(outcome.status == 0)
              #expect(outcome.standardError == "")
              return outcome.standardOutput.split(separator: "\n")
            }
          }
          return try await group.reduce(into: [Substring]()) { $0 += $1 }
        }
        #expect(!lines.isEmpty)
        #expect(Set(lines).count == lines.count)
        let again = try await migrate(database)
        #expect(again.status == 0)
        #expect(again.standardOutput == "")
        try await Server.with(database.url) { server in
          let ready = try await server.client().get("//readyz")
          #expect(ready.status == 200)
        }
      }
    }

    @Test("A database that a newer version has migrated is refused, and left as it is")
    func newer() async throws {
      try await Stage.withDatabase { database in
        try await database.psql(
          """
          insert into migrations.applied
          select (jsonb_populate_record(a, '{"version": 9999, "name": "9999_later.sql"}')).*
            from migrations.applied a order by version desc limit 1
          """)
        let outcome = try await migrate(database)
        #expect(outcome.status != 0)
        #expect(outcome.complaints.count == 1)
        #expect(try await database.psql("select max(version) from migrations.applied") == "9999")
      }
    }

    @Test("A migration that was edited after it was applied is refused")
    func edited() async throws {
      try await Stage.withDatabase { database in
        try await database.psql(
          "update migrations.applied set checksum = 'edited' where version = 2")
        let outcome = try await migrate(database)
        #expect(outcome.status != 0)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.standardError.contains("0002"))
      }
    }

    @Test("Migrating again keeps what is there, and running servers go on")
    func again() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket()
      let outcome = try await Program.run(
        "migrate", environment: ["DATABASE_URL": tenant.stage.databaseURL])
      #expect(outcome.status == 0)
      let found = try await tenant.client.get("/tickets/\(ticket.id)")
      #expect(found.json.without("comments") == ticket)
    }
  }
}
