import NIOHTTP1
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Databases from before the first release") struct UnreleasedTests {
    private static func run(_ arguments: String..., on database: TestDatabase) async throws
      -> Program.Outcome
    {
      try await Program.run(
        arguments, environment: ["DATABASE_URL": database.url, "DATABASE_WAIT": "1s"])
    }

    /// Every database in the fixtures.
    private static func everything(_ database: TestDatabase) async throws -> [String] {
      try await Catalog.lines(database).sorted()
        + Catalog.rows(Catalog.tables(database), database)
    }

    /// Checks that no server starts, neither as the owner nor with the rights that servers were granted.
    private func expectUnserved(_ database: TestDatabase) async throws {
      try await database.psql(
        """
        grant usage on schema migrations to tacohelp_app;
        grant select (version) on migrations.applied to tacohelp_app;
        """)
      for url in [database.url, Stage.serversURL(database.url)] {
        let refused = try await Program.run("serve", environment: ["DATABASE_URL": url])
        #expect(refused.status == 69, "\(refused)")
        #expect(refused.standardError.contains("run tacohelp migrate"), "\(refused)")
      }
    }

    @Test(
      "end up made as a new one is, once, and lose nothing", arguments: UnreleasedDatabase.allCases)
    func catalog(_ old: UnreleasedDatabase) async throws {
      try await old.with { database in
        let tables = try await Catalog.tables(database)
        let before = try await Catalog.rows(tables, database)
        try await expectUnserved(database)
        let migration = try await Self.run("migrate", on: database)
        #expect(migration.status == 0, "\(migration)")
        #expect(migration.standardOutput.hasPrefix("squash.sql\n"))

        #expect(try await Catalog.rows(tables, database) == before)
        #expect(before.allSatisfy { !$0.contains("|0|") }, "\(before)")
        #expect(
          try await Set(Catalog.tables(database)) == Set(Catalog.tables(Stage.require().template)))
        let (new, migrated) = (
          try await Catalog.lines(Stage.require().template), try await Catalog.lines(database)
        )
        #expect(migrated.subtracting(new) == [])
        #expect(new.subtracting(migrated) == [])
        let miscounted = try await database.psql(
          """
          select id from helpdesk.tickets t
           where comment_count <> (
             select count(*) from helpdesk.comments c where (c.org_id, c.ticket_id) = (t.org_id, t.id))
          union all
          select id from helpdesk.conversations c
           where message_count <> (
             select count(*) from helpdesk.messages m where (m.org_id, m.conversation_id) = (c.org_id, c.id))
          """)
        #expect(miscounted == "")

        let all = try await Self.everything(database)
        let again = try await Self.run("migrate", on: database)
        #expect(again.status == 0)
        #expect(again.standardOutput == "")
        #expect(try await Self.everything(database) == all)
      }
    }

    @Test(
      "go on with everything that their clients have in hand",
      arguments: UnreleasedDatabase.allCases)
    func life(_ old: UnreleasedDatabase) async throws {
      try await Receiver.run { receiver in
        try await old.with { database in
          try await database.psql(
            """
            update helpdesk.endpoints
               set url = regexp_replace(url, ':[0-9]+/', ':\(receiver.port)/');
            update helpdesk.deliveries set next_attempt_at = now() where state = 'pending';
            """)
          let migration = try await Self.run("migrate", on: database)
          #expect(migration.status == 0, "\(migration)")
          let known = try await ClientsOfUnreleased(old)
          let settings = ["SECRET_KEYS": known.secretKeys].merging(Sending.settings) { $1 }
          let server = try await Server.start(
            Stage.serversURL(database.url), arguments: [], environment: settings)
          do {
            try await read(server, known)
            try await visit(server, known)
            try await repeatKept(server, known)
            try await deliver(receiver, known, database, settings)
            #expect(!server.program.standardError.contains(" error "))
            await server.program.stop()
          } catch {
            await server.program.stop()
            throw TestError("\(error)\n\(server.program.standardError)")
          }
        }
      }
    }

    private func read(_ server: Server, _ known: ClientsOfUnreleased) async throws {
      #expect(try await server.site.get("/readyz").status == 200)
      #expect(try await server.client(known.revokedKey).get("/tickets").status == 401)
      let client = try server.client(known.key)
      #expect(known.reads.count > 10)
      for (path, answer) in known.reads {
        let now = try await client.get(path)
        #expect(now.status == 200)
        #expect(now.json.holds(answer), "\(path): \(now.json)\n\(answer)")
      }
    }

    private func visit(_ server: Server, _ known: ClientsOfUnreleased) async throws {
      var admin = try Browser(server)
      admin.cookies = known.cookies
      #expect(try await admin.open("/settings/account").body.contains("Bob Admin, admin"))
      #expect(
        try await admin.open("/settings/audit").body.contains("created the API key <strong>"))
      var newcomer = try Browser(server)
      #expect(try await newcomer.open(known.invitation).location == "/invitation")
      #expect(try await newcomer.open("/invitation").body.contains("new@acme.example"))
      #expect(try await newcomer.setPassword().location == "/settings/account")
    }

    private func repeatKept(_ server: Server, _ known: ClientsOfUnreleased) async throws {
      let client = try server.client(known.key)
      #expect(known.kept.count >= 5)
      for kept in known.kept {
        let again = try await client.send(
          "POST", kept.path,
          headers: [("Content-Type", "application/json"), ("Idempotency-Key", kept.key)],
          body: Array(kept.body.utf8))
        #expect(again.isReplay, "\(again)")
        #expect(again.status == kept.status)
        // Migration 15 did not know this member of a merge's answer.
        let new = "commentsNextCursor"
        let isSame = try again.json.without(new) == JSON(parsing: kept.answer).without(new)
        #expect(
          isSame && (again.body == kept.answer || again.json[new] == .null),
          "\(again)\n\(kept.answer)")
      }
    }

    private func deliver(
      _ receiver: Receiver, _ known: ClientsOfUnreleased, _ database: TestDatabase,
      _ settings: [String: String]
    ) async throws {
      func requests(_ name: String) -> [Receiver.Request] {
        receiver.requests.filter { $0.head.uri == "/\(name)" }
      }
      func expectSigned(_ name: String) throws {
        let secrets = try #require(known.secrets[name])
        for request in requests(name) {
          let signatures = try secrets.map { try Signature.standard($0, request) }
          #expect(request.header("webhook-signature") == signatures.joined(separator: " "))
          #expect(
            request.header("X-Webhook-Signature") == (try Signature.simple(secrets[0], request)))
        }
      }
      try await eventually("what waited is sent", within: .seconds(20)) {
        try await database.psql(
          "select count(*) from helpdesk.deliveries where state in ('pending', 'sending')") == "0"
      }
      for name in ["rotated", "plain"] {
        #expect(!requests(name).isEmpty)
        try expectSigned(name)
      }
      #expect(known.secrets["rotated"]?.count == 2)
      #expect(requests("disabled").isEmpty)
      let disabled = try #require(known.endpoints["disabled"])
      let enabled = try await Program.run(
        ["webhook", "enable", disabled, "--replay"],
        environment: ["DATABASE_URL": database.url].merging(settings) { $1 })
      #expect(enabled.status == 0, "\(enabled)")
      try await eventually("what was held is sent", within: .seconds(20)) {
        !requests("disabled").isEmpty
      }
      try expectSigned("disabled")
    }

    @Test(
      "that are too old are refused with one line, and left as they are", arguments: [14, 8, 1])
    func tooOld(version: Int) async throws {
      try await UnreleasedDatabase.migration15.with { database in
        try await database.psql("delete from migrations.applied where version > \(version)")
        let before = try await Self.everything(database)
        let migration = try await Self.run("migrate", on: database)
        #expect(migration.status == 78)
        #expect(migration.complaints.count == 1)
        #expect(
          migration.standardError.contains(
            "at migration \(version) of those before the first release"),
          "\(migration)")
        #expect(try await Self.everything(database) == before)
        try await expectUnserved(database)
      }
    }

    @Test("are left as they are where somebody else has taken a name that is new")
    func taken() async throws {
      try await UnreleasedDatabase.migration15.with { database in
        try await database.psql(
          "create function ops.erase_user() returns int language sql return 1")
        // The list of what is TacoHelp's is made first, and stays empty.
        func everything() async throws -> [String] {
          try await Self.everything(database).filter { !$0.contains("migrations.made") }
        }
        let before = try await everything()
        let stopped = try await Self.run("migrate", on: database)
        #expect(stopped.status == 78)
        #expect(stopped.standardError.contains("ops.erase_user()"), "\(stopped)")
        #expect(stopped.standardOutput == "")
        #expect(try await everything() == before)
        try await database.psql("drop function ops.erase_user()")
        let again = try await Self.run("migrate", on: database)
        #expect(again.status == 0, "\(again)")
      }
    }
  }
}
