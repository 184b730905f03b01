import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Upgrading") struct UpgradeTests {
  @Test("What is remade is made by create or replace, and is a function or a view")
  func replaceable() async throws {
    for file in Schema.migrator.remakeable {
      for line in file.sql.split(separator: "\n") where line.hasPrefix("create ") {
        #expect(
          line.hasPrefix("create or replace function helpdesk.")
            || line.hasPrefix("create or replace function ops.")
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
