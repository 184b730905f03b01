import Foundation
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
        let lines = try await atOnce(8) { _ in
          let outcome = try await migrate(database)
          #expect(outcome.status == 0)
          #expect(outcome.standardError == "")
          return outcome.standardOutput.split(separator: "\n")
        }.flatMap { $0 }
        #expect(!lines.isEmpty)
        #expect(Set(lines).count == lines.count)
        let again = try await migrate(database)
        #expect(again.status == 0)
        #expect(again.standardOutput == "")
        try await Server.with(database.url) { server in
          let ready = try await server.site.get("/readyz")
          #expect(ready.status == 200)
        }
      }
    }

    /// SQL that makes a database unfit, the exit code, and part of the line that says why.
    static let unfit: [(sql: String, status: Int32, words: String)] =
      [
        (
          """
          insert into migrations.applied
          select (jsonb_populate_record(a, '{"version": 9999, "name": "9999_later.sql"}')).*
            from migrations.applied a order by version desc limit 1
          """, 70, "9999"
        ), ("update migrations.applied set checksum = 'edited' where version = 2", 70, "0002"),
      ]
      + ["ops", "helpdesk", "migrations"].map {
        // A schema that somebody else made.
        (
          """
          drop schema if exists ops, helpdesk, migrations cascade;
          create schema \($0); create table \($0).t as select 1 as n
          """, 78, " \($0) "
        )
      }

    @Test(
      "A database that was migrated by a newer version, from edited files or by others is refused, as it is",
      arguments: unfit)
    func refused(sql: String, status: Int32, words: String) async throws {
      try await Stage.withDatabase { database in
        try await database.psql(sql)
        let catalog =
          "select md5(string_agg(oid || relname || xmin, ',' order by oid)) from pg_class"
        let before = try await database.psql(catalog)
        let outcome = try await migrate(database)
        #expect(outcome.status == status)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.standardError.contains(words))
        #expect(try await database.psql(catalog) == before)
      }
    }

    @Test(
      "Others' objects in ops, or built on it, survive an upgrade; if they cannot, a line names them"
    )
    func others() async throws {
      try await Stage.withDatabase { database in
        // As a different version has left it.
        let other = "update migrations.remade set checksum = 'other'"
        try await database.psql(
          """
          create view public.customers as select org_id, name from ops.organizations_at_a_glance;
          create table ops.notes as select 'mine' as text;
          \(other)
          """)
        let outcome = try await migrate(database)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.standardOutput.contains("10_organizations.sql"))
        #expect(try await database.psql("select count(*) from public.customers") == "0")
        #expect(try await database.psql("select text from ops.notes") == "mine")
        try await database.psql(
          """
          drop view ops.rate_limit_use;
          create view ops.rate_limit_use as select 1 as gone;
          create view public.mine as select * from ops.rate_limit_use;
          \(other)
          """)
        let used = try await migrate(database)
        #expect(used.status == 78)
        #expect(used.complaints.count == 1)
        #expect(used.standardError.contains("view public.mine"))
        try await database.psql("drop view public.mine")
        let again = try await migrate(database)
        #expect(again.status == 0, "\(again)")
      }
    }

    @Test("A database that is not UTF-8 is refused with one line, before anything is made")
    func encoding() async throws {
      try await TestDatabase.with(
        from: "template0", options: "encoding 'LATIN1' locale 'C'"
      ) { database async throws in
        let outcome = try await migrate(database)
        #expect(outcome.status == 78)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.standardError.contains("LATIN1"))
        let schemas = try await database.psql(
          "select count(*) from pg_namespace where nspname in ('migrations', 'helpdesk', 'ops')")
        #expect(schemas == "0")
      }
    }

    @Test(
      "Where another session has locked what it changes, it says who, with 75, and loses nothing")
    func locked() async throws {
      try await Stage.withDatabase { database in
        try await database.psql(
          """
          update migrations.remade set checksum = 'other';
          create view public.customers as select org_id from ops.organizations_at_a_glance;
          """)
        let dump = PsqlSession(database.url)
        _ = try await dump.run("begin; select count(*) from ops.api_keys")
        let outcome = try await Program.run(
          "migrate", environment: ["DATABASE_URL": database.url, "DATABASE_WAIT": "1s"])
        #expect(outcome.status == 75)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.standardError.contains("(psql process "))
        _ = try await dump.run("commit")
        let again = try await migrate(database)
        #expect(again.status == 0, "\(again)")
        #expect(try await database.psql("select count(*) from public.customers") == "0")
      }
    }

    @Test(
      "A warning that PostgreSQL has for each connection is one line of the log, in its format",
      arguments: [["migrate"], ["serve"], ["org", "create", "--name", "x", "--plan", "pro"]])
    func notices(arguments: [String]) async throws {
      try await Stage.withDatabase { database in
        try await database.server.psql(
          "update pg_database set datcollversion = '0' where datname = '\(database.name)'")
        let program = try await Program.start(
          arguments,
          environment: [
            "DATABASE_URL": "\(database.url)\n", "LOG_FORMAT": "json", "PORT": "0",
            "DATABASE_POOL_SIZE": "3",
          ])
        if arguments == ["serve"] {
          try await eventually("listening") { program.standardError.contains("listening") }
          program.signal(SIGTERM)
        }
        #expect(try await program.exitStatus() == 0)
        let lines = program.standardError.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("{") }, "\(program.standardError)")
        #expect(lines.count { $0.contains("collation version") } == 1, "\(program.standardError)")
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
      #expect(found.json.without("comments", "commentsNextCursor") == ticket)
    }
  }
}
