import TestSupport
import Testing

@testable import Postgres

@Suite("Functions and views that are made again", .serialized, .timeLimit(.minutes(1)))
struct RemadeObjectsTests {
  private static let people = Migration(
    version: 1, name: "0001_people.sql",
    sql: "create schema helpdesk; create table helpdesk.people (id int primary key, name text)")

  private static func migrator(_ statements: String...) -> Migrator {
    Migrator(
      migrations: [people],
      remakeable: [
        Migration(
          version: 0, name: "ops.sql",
          sql: (["create schema if not exists ops"] + statements).joined(separator: ";\n"))
      ], schemas: ["helpdesk"])
  }

  private static let count =
    "create or replace function ops.count() returns int language sql return 1"
  private static let names =
    "create or replace view ops.names as select id, name from helpdesk.people"
  private static let first = migrator(count, names)

  /// Lends a database that `first` has migrated.
  private func with(_ body: (PostgresConfiguration, TestDatabase) async throws -> Void) async throws
  {
    try await withDatabase { configuration, database in
      _ = try await Self.first.migrate(configuration)
      try await body(configuration, database)
    }
  }

  @Test(
    "A schema of one of its names that somebody else made is refused, and left as it is",
    arguments: ["ops", "helpdesk", "migrations"])
  func foreign(_ schema: String) async throws {
    try await TestDatabase.with { database in
      try await database.psql(
        """
        create schema \(schema); create table \(schema).applied (version int);
        create view public.mine as select * from \(schema).applied
        """)
      let refused = await Self.first.failure(PostgresConfiguration(url: database.url))
      #expect(refused == .foreignSchema(schema))
      #expect(refused?.description.contains(schema) == true)
      #expect(try await database.psql("select count(*) from public.mine") == "0")
      let schemas =
        "select count(*) from pg_namespace where nspname in ('ops', 'helpdesk', 'migrations')"
      #expect(try await database.psql(schemas) == "1")
    }
  }

  @Test("An empty schema is somebody else's as well, and so is one that replaced ours")
  func replaced() async throws {
    try await TestDatabase.with { database in
      try await database.psql("create schema ops")
      #expect(
        await Self.first.failure(PostgresConfiguration(url: database.url)) == .foreignSchema("ops"))
    }
    try await with { configuration, database async throws in
      try await database.psql("drop schema ops cascade; create schema ops; create table ops.t ()")
      #expect(await Self.first.failure(configuration) == .foreignSchema("ops"))
    }
  }

  @Test("Others' objects in it, or on what does not change, outlive an upgrade")
  func others() async throws {
    try await with { configuration, database async throws in
      try await database.psql(
        """
        create table ops.mine as select 1 as n;
        create function ops.mine() returns int language sql return 2;
        create view public.counted as select ops.count() as n;
        create view public.named as select name from ops.names;
        create materialized view public.kept as select * from ops.names;
        """)
      let second = Self.migrator(
        Self.count.replacing("return 1", with: "return 3"),
        Self.names.replacing("name from", with: "name, id + 1 as next from"),
        "create or replace view ops.more as select next from ops.names")
      #expect(try await second.migrate(configuration) == ["ops.sql"])
      #expect(try await database.psql("select n from public.counted") == "3")
      #expect(try await database.psql("select n, ops.mine() from ops.mine") == "1|2")
      #expect(
        try await database.psql("select count(*) from public.named, public.kept, ops.more") == "0")
      // The column that came can go again only without them.
      #expect(
        await Self.first.failure(configuration)
          == .used(by: ["materialized view public.kept", "view public.named"]))
    }
  }

  @Test("A view on what changes stops the upgrade, which names it and changes nothing")
  func used() async throws {
    try await with { configuration, database async throws in
      try await database.psql(
        """
        create view public.named as select name from ops.names;
        create function public.counted() returns int language sql return ops.count();
        create function public.of(ops.names) returns text language sql return ($1).name;
        """)
      let changed = Self.migrator(
        Self.count, Self.names.replacing("id, name", with: "id, name::varchar as name"))
      #expect(
        await changed.failure(configuration)
          == .used(by: ["function public.of(ops.names)", "view public.named"]))
      let gone = Self.migrator(Self.names)
      #expect(await gone.failure(configuration) == .used(by: ["function public.counted()"]))
      #expect(try await database.psql("select count(name) from public.named") == "0")
      try await database.psql(
        "drop view public.named; drop function public.of; drop function public.counted")
      _ = try await changed.migrate(configuration)
      _ = try await gone.migrate(configuration)
      #expect(try await database.psql("select to_regproc('ops.count') is null") == "t")
    }
  }

  @Test("What cannot be replaced is made again, with our objects on it, and keeps its grants")
  func changed() async throws {
    try await TestCluster.with { cluster in
      let database = try await TestDatabase.create(on: cluster.server)
      let configuration = PostgresConfiguration(url: database.url)
      let users = [
        "create or replace view ops.counted as select ops.count() as n, name from ops.names",
        "create or replace function ops.twice() returns int language sql return 2 * ops.count()",
      ]
      let first = Self.migrator(Self.count, Self.names, users[0], users[1])
      _ = try await first.migrate(configuration)
      try await database.psql(
        """
        create role "The support";
        grant usage on schema ops to "The support";
        grant execute on function ops.count(), ops.twice() to "The support" with grant option;
        grant select on ops.counted, ops.names to "The support";
        """)
      let second = Self.migrator(
        "create or replace function ops.count(most int default 9) returns bigint language sql return 5",
        Self.names, users[0].replacing("name from", with: "id from"),
        "create or replace function ops.twice() returns bigint language sql return 2 * ops.count()")
      #expect(try await second.migrate(configuration) == ["ops.sql"])
      #expect(
        try await database.psql(
          """
          set role "The support";
          select ops.count(), ops.twice();
          select count(*) from ops.counted, ops.names;
          """) == "5|10\n0")
      #expect(
        try await database.psql(
          "select proacl::text ~ 'The support.*X[*]' from pg_proc where proname = 'count' and pronamespace = 'ops'::regnamespace"
        ) == "t")
    }
  }

  @Test("A name that somebody else has taken stops the upgrade")
  func taken() async throws {
    try await with { configuration, database async throws in
      try await database.psql(
        "create table ops.more (); create function ops.count(int) returns int language sql return 1"
      )
      let second = Self.migrator(
        Self.count, Self.names, "create or replace view ops.more as select 1 as n")
      #expect(
        await second.failure(configuration)
          == .taken(["function ops.count(integer)", "table ops.more"]))
      #expect(try await database.psql("select count(*) from ops.more") == "0")
    }
  }

  @Test("A function may have the name of one of ops, and none of its privileges")
  func sameName() async throws {
    try await with { configuration, database async throws in
      let inner = "create or replace function helpdesk.count() returns int language sql return 2"
      #expect(
        try await Self.migrator(Self.count, Self.names, inner).migrate(configuration) == ["ops.sql"]
      )
      try await database.psql(
        "create role counter; grant execute on function ops.count to counter")
      let third = Self.migrator(
        "create or replace function ops.count(n int) returns int language sql return n", Self.names,
        inner)
      #expect(try await third.migrate(configuration) == ["ops.sql"])
      #expect(
        try await database.psql(
          """
          select string_agg(oid::regprocedure::text, ' ') from pg_proc
           where proacl::text like '%counter=%'
          """) == "ops.count(integer)")
      #expect(try await database.psql("select helpdesk.count()") == "2")
      try await database.psql("drop owned by counter; drop role counter")
    }
  }

  @Test("Objects dropped by hand are made again")
  func missing() async throws {
    try await with { configuration, database async throws in
      try await database.psql("drop view ops.names")
      #expect(try await Self.first.migrate(configuration) == ["ops.sql"])
      #expect(try await Self.first.migrate(configuration) == [])
      try await database.psql("drop schema ops cascade")
      #expect(try await Self.first.migrate(configuration) == ["ops.sql"])
      #expect(try await database.psql("select ops.count(), count(*) from ops.names") == "1|0")
    }
  }

  @Test("A database in another encoding than UTF-8 is refused before anything is made in it")
  func encoding() async throws {
    try await TestDatabase.with(
      from: "template0", options: "encoding 'LATIN1' locale 'C'"
    ) { database async throws in
      let refused = await Self.first.failure(PostgresConfiguration(url: database.url))
      #expect(refused == .encoding("LATIN1"))
      #expect(
        try await database.psql("select count(*) from pg_namespace where nspname = 'migrations'")
          == "0")
    }
  }
}
