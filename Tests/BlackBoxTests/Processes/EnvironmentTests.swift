import TestSupport
import Testing

extension TacoHelp {
  @Suite("libpq's environment") struct EnvironmentTests {
    /// Variables that a shell may have set for psql.
    private static let hostile = [
      "PGOPTIONS":
        "-c default_transaction_isolation=serializable -c standard_conforming_strings=off",
      "PGTZ": "Asia/Kathmandu", "PGDATESTYLE": "German, DMY", "PGCLIENTENCODING": "LATIN1",
      "PGGEQO": "off", "PGAPPNAME": "psql",
    ]

    @Test("Its defaults for sessions change nothing")
    func defaults() async throws {
      try await TestDatabase.with { database in
        func run(_ arguments: String...) async throws -> String {
          let outcome = try await Program.run(
            arguments, environment: ["DATABASE_URL": database.url].merging(Self.hostile) { $1 })
          #expect(outcome.status == 0, "\(outcome)")
          return outcome.line
        }
        _ = try await run("migrate")
        let org = try await run("org", "create", "--name", "Ärger", "--plan", "pro")
        let key = try await run("key", "create", "--org", org, "--name", "k", "--scopes", "*")
        let endpoint = try await run(
          "webhook", "create", "--org", org, "--url", "https://example.com/", "--events",
          "ticket.created"
        ).prefix(25)
        _ = try await run("webhook", "rotate", String(endpoint))
        try await Server.with(database.url, environment: Self.hostile) { server in
          let client = try server.client(key)
          let ticket = try await client.post(
            "/tickets",
            ["subject": "Käse", "description": "\\' €", "createdByEmail": "client@example.com"])
          #expect(ticket.status == 201)
          let found = try await client.get("/tickets/\(ticket.json.id)")
          #expect(found.json["subject"]?.string == "Käse")
          #expect(found.json["description"]?.string == "\\' €")
          #expect(found.json["createdAt"] == ticket.json["createdAt"])
          let comment = try await client.post(
            "/tickets/\(ticket.json.id)/comments",
            ["content": "Grüße", "authorEmail": "CLIENT@example.com"])
          #expect(comment.status == 201)
        }
        let event = try await database.psql("select body from helpdesk.events limit 1")
        #expect(event.contains("Käse"))
      }
    }
  }
}
