import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Upgrading") struct UpgradeTests {
  /// Makes a database as versions did that kept no list of what they made in `ops`.
  private func with(_ body: (TestDatabase, PostgresConfiguration) async throws -> Void) async throws
  {
    try await TestDatabase.with { database in
      let configuration = PostgresConfiguration(url: database.url)
      var before = Schema.migrator
      before.migrations = Array(before.migrations.prefix(15))
      before.remakeable.removeAll { $0.name > "70_audit_trail.sql" }
      before.grants = ""
      _ = try await before.migrate(configuration)
      try await database.psql(
        """
        drop table migrations.made;
        -- This version has added it.
        drop function ops._is_email;
        -- An earlier version had it.
        create function ops.rotate_secret(endpoint_id text) returns text language sql return 'x';
        """)
      try await body(database, configuration)
    }
  }

  @Test("What such a version made in ops is known by its name, and all else there stays")
  func list() async throws {
    try await with { database, configuration async throws in
      try await database.psql(
        """
        create table ops.notes as select 1 as n;
        create function ops.mine() returns int language sql return 1;
        create view public.customers as select name from ops.organizations_at_a_glance;
        """)
      _ = try await Schema.migrator.migrate(configuration)
      #expect(
        try await database.psql(
          "select n, ops.mine(), (select count(*) from public.customers) from ops.notes")
          == "1|1|0")
      #expect(
        try await database.psql("select count(*) from pg_proc where proname = 'rotate_secret'")
          == "1")
      let fresh = try await TestDatabase.with { fresh in
        _ = try await Schema.migrator.migrate(PostgresConfiguration(url: fresh.url))
        return try await fresh.psql("select kind, identity from migrations.made order by 1, 2")
      }
      #expect(
        try await database.psql("select kind, identity from migrations.made order by 1, 2") == fresh
      )
      #expect(fresh.contains("function|ops.create_org(") && fresh.contains("view|ops.attempts"))
      #expect(try await Schema.migrator.migrate(configuration) == [])
    }
  }

  @Test("Everything in ops is made by create or replace, and is a function or a view")
  func replaceable() async throws {
    for file in Schema.migrator.remakeable {
      for line in file.sql.split(separator: "\n") where line.hasPrefix("create ") {
        #expect(
          line.hasPrefix("create or replace function ops.")
            || line.hasPrefix("create or replace view ops.")
            || line == "create schema if not exists ops;", "\(file.name): \(line)")
      }
    }
  }

  @Test("What others made beside TacoHelp's tables and functions keeps its privileges")
  func grants() async throws {
    try await RolesFixture.with { fixture in
      try await fixture.database.psql(
        """
        create role reader;
        create table ops.notes as select 1 as n; create table helpdesk.notes as select 1 as n;
        create function ops.mine() returns int language sql return 1;
        grant select on ops.notes, helpdesk.notes to public, tacohelp_app, reader;
        grant select on ops.api_keys to reader;
        """)
      // As the owner, whose they are not.
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: fixture.url(.migrator)))
      #expect(
        try await fixture.database.psql(
          """
          select has_table_privilege('tacohelp_app', 'ops.notes', 'select'),
                 has_table_privilege('reader', 'helpdesk.notes', 'select'),
                 has_table_privilege('reader', 'ops.api_keys', 'select')
          """) == "t|t|t")
    }
  }
}
