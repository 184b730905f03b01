import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("E-mail addresses are compared without case, the same everywhere") struct EmailKeyTests {
  /// How a database may be made that folds letters in its own way.
  static let locales = ["locale 'C'", "locale_provider icu icu_locale 'tr-TR' locale 'C'"]

  /// Lends an empty database of this locale.
  private func with(_ locale: String, _ body: (TestDatabase) async throws -> Void) async throws {
    let server = try TestServer.shared
    let hasICU = try await server.psql(
      "select exists (select from pg_collation where collprovider = 'i' and collversion is not null)"
    )
    // Some builds have no ICU, and no Turkish but that of the system.
    guard hasICU == "t" || !locale.contains("icu") else { return }
    let template = "test_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    try await server.psql(
      "create database \(template) encoding 'UTF8' template template0 \(locale)")
    do {
      try await TestDatabase.with(from: template, body)
    } catch {
      _ = try? await server.psql("drop database \(template)")
      throw error
    }
    try await server.psql("drop database \(template)")
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
        let operations = Operations(pool)
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
        let made = try await fixture.database.psql(
          "select name from helpdesk.users where role = 'client' order by created_at desc limit 1")
        #expect(made.unicodeScalars.elementsEqual(name.unicodeScalars))
      }
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
