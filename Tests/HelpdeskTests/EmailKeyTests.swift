import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("E-mail addresses are compared without case, the same everywhere") struct EmailKeyTests {
  /// Options of databases that fold letters in their own way.
  static let locales = ["locale 'C'", "locale_provider icu icu_locale 'tr-TR' locale 'C'"]

  /// Lends an empty database of this locale.
  private func with(_ locale: String, _ body: (TestDatabase) async throws -> Void) async throws {
    let hasICU = try await TestServer.shared.psql(
      "select exists (select from pg_collation where collprovider = 'i' and collversion is not null)"
    )
    // Some builds have no ICU, and no Turkish but that of the system.
    guard hasICU == "t" || !locale.contains("icu") else { return }
    try await TestDatabase.with(
      from: "template0", options: "encoding 'UTF8' \(locale)", body)
  }

  private static let pairs = [
    ("info@example.com", "INFO@EXAMPLE.COM"), ("\u{e4}@example.com", "\u{c4}@example.com"),
    ("\u{3c3}\u{3c2}@example.com", "\u{3a3}\u{3a3}@example.com"),
    ("\u{434}@example.com", "\u{414}@example.com"), ("k@example.com", "\u{212a}@example.com"),
  ]

  @Test("Whatever the database's locale", arguments: locales)
  func locale(_ locale: String) async throws {
    try await with(locale) { database async throws in
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      try await withPool(database.url) { pool in
        let operations = OperatorFunctions(pool)
        let org = OrganizationID(
          stored: try await operations.createOrganization(name: "Acme", plan: "pro"))
        func create(_ email: String) async throws -> String {
          try await TicketStore(pool).create(
            Ticket.Draft(
              subject: "x", description: "x", createdByEmail: try #require(EmailAddress(email))),
            in: org
          ).id
        }
        for (first, other) in Self.pairs {
          let tickets = [try await create(first), try await create(other)]
          let count = try await database.psql(
            "select count(distinct created_by) from helpdesk.tickets where id in ('\(tickets[0])', '\(tickets[1])')"
          )
          #expect(count == "1", "\(first), \(other)")
          let role = try await PersonStore(pool).role(
            of: try #require(EmailAddress(other)), in: org)
          #expect(role == .client)
          await #expect(throws: PostgresError.self) {
            try await operations.createUser(
              org: org.rawValue, email: other, name: "x", role: "agent", passwordHash: nil)
          }
          let staff = "staff-\(first)"
          _ = try await operations.createUser(
            org: org.rawValue, email: staff, name: "Ada", role: "admin", passwordHash: "$scrypt$x")
          let found = try await StaffAccountStore(pool).find(
            email: try #require(EmailAddress("STAFF-\(other)")))
          #expect(found.count == 1, "\(other)")
        }
        // As in Unicode, a dotless i is another letter.
        _ = try await create("\u{131}nfo@example.com")
        #expect(
          try await database.psql(
            "select count(*) from helpdesk.users where email like '%nfo@%' and role = 'client'")
            == "2")
      }
    }
  }

  @Test(
    "A client is named after what stands before the @", arguments: ["dev", "d\u{f6}", "d\u{301}"])
  func localParts(name: String) async throws {
    try await Fixture.with { fixture in
      for domain in ["example.com", "\u{301}example.com"] {
        _ = try await TicketStore(fixture.pool).create(
          Ticket.Draft(
            subject: "x", description: "x", createdByEmail: try fixture.email("\(name)@\(domain)")),
          in: fixture.organization)
        let made = try await fixture.psql(
          "select name from helpdesk.users where role = 'client' order by created_at desc limit 1")
        #expect(made.unicodeScalars.elementsEqual(name.unicodeScalars))
      }
    }
  }

  @Test(
    "Users that the locale took for two and are one become one, and nothing of theirs is lost",
    arguments: [
      (locales[0], "\u{e4}", "\u{c4}", "\u{f6}", "\u{d6}"), (locales[1], "i", "I", "ik", "IK"),
    ])
  func duplicates(locale: String, a: String, upperA: String, o: String, upperO: String) async throws
  {
    try await with(locale) { database async throws in
      try await UnreleasedDatabase.migration15.restore(into: database)
      try await database.psql(
        """
        truncate helpdesk.organizations cascade;
        insert into helpdesk.organizations (id, name, plan) values ('o', 'Acme', 'PRO'), ('p', 'Other', 'PRO');
        insert into helpdesk.users (org_id, id, name, email, role, password_hash, created_at)
        values ('o', 'client', 'a', '\(a)@example.com', 'client', null, '2026-01-01'),
               ('o', 'admin', 'b', '\(upperA)@example.com', 'admin', '$scrypt$x', '2026-01-02'),
               ('o', 'old', 'c', '\(o)@example.com', 'client', null, '2026-01-03'),
               ('o', 'new', 'd', '\(upperO)@example.com', 'client', null, '2026-01-04'),
               ('p', 'other', 'e', '\(a)@example.com', 'client', null, '2026-01-01');
        insert into helpdesk.tickets
          (org_id, id, number, subject, description, created_by, assignee_id, created_at, updated_at)
        values ('o', 't', 1, 'x', 'x', 'client', 'admin', now(), now()),
               ('o', 'u', 2, 'x', 'x', 'new', null, now(), now());
        insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
        values ('o', 'c', 't', 'client', 'x', now());
        insert into helpdesk.invitations (org_id, user_id, created_by, hash, expires_at)
        values ('o', 'admin', 'admin', sha256('a'), now() + interval '1 day');
        insert into helpdesk.audit_events (org_id, id, at, actor_id, actor_name, action, target_id, target_name)
        values ('o', 'a', now(), 'client', 'a', 'user.created', 'new', 'd');
        """)
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      #expect(
        try await database.psql("select org_id, id from helpdesk.users order by 1, 2")
          == "o|admin\no|old\np|other")
      #expect(
        try await database.psql(
          "select id, created_by, assignee_id from helpdesk.tickets order by 1")
          == "t|admin|admin\nu|old|")
      #expect(try await database.psql("select author_id from helpdesk.comments") == "admin")
      #expect(try await database.psql("select created_by from helpdesk.invitations") == "admin")
      #expect(
        try await database.psql(
          """
          select action, actor_id, target_id, target_name, detail from helpdesk.audit_events
           order by detail collate "C" nulls first
          """)
            == """
            user.created|admin|old|d|
            user.merged||old|c|\(upperO)@example.com
            user.merged||admin|b|\(a)@example.com
            """)
    }
  }

  @Test("The key follows Unicode, and tries to sign in count together for addresses that are one")
  func unicode() async throws {
    try await TestDatabase.with { database in
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      let rows = try await database.psql(
        """
        select n, ascii(k) from generate_series(1, 131071) n, helpdesk.email_key(chr(n)) k
         where n not between 55296 and 57343 and k <> chr(n) collate "C"
        """)
      var folded: [UInt32: UInt32] = [:]
      for row in rows.split(separator: "\n") {
        let columns = row.split(separator: "|")
        folded[try #require(UInt32(columns[0]))] = UInt32(columns[1])
      }
      #expect(folded.count == 1454)
      func key(_ scalar: Unicode.Scalar) -> UInt32 { folded[scalar.value] ?? scalar.value }
      for value in UInt32(1)...131_071 {
        guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= 14
        else { continue }
        let lower = scalar.properties.lowercaseMapping.unicodeScalars
        // A capital I with a dot has a full folding alone.
        if lower.count == 1, let lower = lower.first, value != 0x130 {
          #expect(key(lower) == key(scalar), "\(String(value, radix: 16))")
        }
        if let other = folded[value].flatMap(Unicode.Scalar.init) {
          #expect(folded[other.value] == nil)
          #expect(
            SignInThrottle.folded(String(scalar)) == SignInThrottle.folded(String(other)),
            "\(String(value, radix: 16))")
        }
      }
    }
  }
}
