import TestSupport
import Testing

@testable import Postgres

@Suite("Migrator", .serialized, .timeLimit(.minutes(1))) struct MigratorTests {
  static let first = Migration(
    version: 1, name: "0001_people.sql",
    sql: "create table people (id int primary key); insert into people values (1);")
  static let second = Migration(
    version: 2, name: "0002_names.sql", sql: "alter table people add name text not null default '';"
  )
  static let function = Migration(
    version: 0, name: "count.sql",
    sql: """
      create schema if not exists ops;
      create or replace function ops.head_count() returns int language sql as 'select 1';
      """)

  @Test("applies each file once, in order") func fresh() async throws {
    try await withDatabase { configuration, database async throws in
      var migrator = Migrator(migrations: [Self.first], remakeable: [Self.function])
      #expect(try await migrator.migrate(configuration) == ["0001_people.sql", "count.sql"])
      #expect(try await migrator.migrate(configuration) == [])
      migrator.migrations.append(Self.second)
      // A view may name columns that have changed.
      #expect(try await migrator.migrate(configuration) == ["0002_names.sql", "count.sql"])
      #expect(try await migrator.migrate(configuration) == [])
      #expect(try await database.psql("select * from people") == "1|")
      #expect(
        try await database.psql("select version, name, checksum from migrations.applied order by 1")
          .split(separator: "\n").map { $0.split(separator: "|")[1] }
          == ["0001_people.sql", "0002_names.sql"])
    }
  }

  @Test("refuses a file that was edited after it was applied") func edited() async throws {
    try await withDatabase { configuration, database async throws in
      var migrator = Migrator(migrations: [Self.first, Self.second], remakeable: [])
      _ = try await migrator.migrate(configuration)
      migrator.migrations[0].sql += " "
      let error = await migrator.failure(configuration)
      #expect(error == .edited(name: "0001_people.sql"))
      #expect(error?.description.contains("0001_people.sql") == true)
      migrator.migrations[0] = Self.first
      #expect(try await migrator.migrate(configuration) == [])
    }
  }

  @Test("refuses a database that is newer than it") func newer() async throws {
    try await withDatabase { configuration, _ async throws in
      _ = try await Migrator(migrations: [Self.first, Self.second], remakeable: [])
        .migrate(configuration)
      let old = Migrator(migrations: [Self.first], remakeable: [Self.function])
      let error = await old.failure(configuration)
      #expect(error == .databaseIsNewer(version: 2, known: 1))
      let none = Migrator(migrations: [], remakeable: [])
      let other = await none.failure(configuration)
      #expect(other == .databaseIsNewer(version: 2, known: 0))
    }
  }

  @Test("a failing file leaves nothing behind, is named, and keeps those before it") func failing()
    async throws
  {
    try await withDatabase { configuration, database async throws in
      let broken = Migration(
        version: 2, name: "0002_broken.sql", sql: "create table pets (id int); select 1/0;")
      var migrator = Migrator(migrations: [Self.first, broken], remakeable: [Self.function])
      let error = await migrator.failure(configuration)
      #expect(error?.failed == "0002_broken.sql 22012")
      #expect(try await database.psql("select to_regclass('pets') is null") == "t")
      #expect(try await database.psql("select max(version) from migrations.applied") == "1")
      #expect(try await database.psql("select count(*) from migrations.remade") == "0")
      migrator.migrations[1] = Self.second
      #expect(try await migrator.migrate(configuration) == ["0002_names.sql", "count.sql"])
    }
  }

  @Test("a constraint that fails only at commit is the file's too") func failingCommit()
    async throws
  {
    try await withDatabase { configuration, database async throws in
      let broken = Migration(
        version: 1, name: "0001_deferred.sql",
        sql: """
          create table a (id int primary key, b int references a deferrable initially deferred);
          insert into a values (1, 2);
          """)
      let migrator = Migrator(migrations: [broken], remakeable: [])
      #expect(await migrator.failure(configuration)?.failed == "0001_deferred.sql 23503")
      #expect(try await database.psql("select to_regclass('a') is null") == "t")
    }
  }

  @Test("8 at once apply each file once") func atOnce() async throws {
    try await withDatabase { configuration, database async throws in
      let migrator = Migrator(
        migrations: (1...6).map {
          Migration(
            version: $0, name: "\($0).sql", sql: "create table t\($0) (); select pg_sleep(0.01)")
        }, remakeable: [Self.function])
      let applied = try await TestSupport.atOnce(8) { _ in try await migrator.migrate(configuration)
      }
      .flatMap { $0 }
      #expect(applied.sorted() == (1...6).map { "\($0).sql" } + ["count.sql"])
      #expect(try await database.psql("select count(*) from migrations.applied") == "6")
    }
  }

  @Test("remakes functions and views when one of them changed, and only then") func remakeable()
    async throws
  {
    try await withDatabase { configuration, database async throws in
      let view = Migration(
        version: 0, name: "view.sql",
        sql: "create or replace view ops.v as select ops.head_count() as n;")
      var migrator = Migrator(migrations: [Self.first], remakeable: [Self.function, view])
      #expect(
        try await migrator.migrate(configuration) == ["0001_people.sql", "count.sql", "view.sql"])
      #expect(try await migrator.migrate(configuration) == [])
      #expect(try await database.psql("select n from ops.v") == "1")
      migrator.remakeable[0].sql.replace("select 1", with: "select 2")
      #expect(try await migrator.migrate(configuration) == ["count.sql", "view.sql"])
      #expect(try await database.psql("select n from ops.v") == "2")
      migrator.remakeable[1].sql = "select nonsense"
      #expect(await migrator.failure(configuration)?.failed == "view.sql 42703")
    }
  }

  @Test("brings databases of the migrations that were replaced to the same state, or refuses them")
  func squashed() async throws {
    try await withDatabase { configuration, database async throws in
      let (old, older) = (
        Migrator(migrations: [Self.first, Self.second], remakeable: [Self.function]),
        Migrator(migrations: [Self.first], remakeable: [Self.function])
      )
      var new = Migrator(
        migrations: [
          Migration(
            version: 1, name: "0001_all.sql", sql: "create table people (id int, name text)")
        ],
        remakeable: [Self.function],
        squashed: Migrator.Squashed(
          oldest: Migration(
            version: 2, name: Self.second.name, sql: "alter table people alter name drop not null"),
          version: 1))
      _ = try await older.migrate(configuration)
      let refused = await new.failure(configuration)
      #expect(refused == .unreleased(version: 1, oldest: 2))
      try await withPool(configuration.url) { pool async throws in
        #expect(try await new.status(pool) == .behind(version: 1))
        _ = try await old.migrate(configuration)
        #expect(try await new.status(pool) == .behind(version: 2))
        new.remakeable[0].sql += "select 1/0;"
        #expect(await new.failure(configuration)?.failed == "count.sql 22012")
        #expect(try await new.status(pool) == .behind(version: 2))
        #expect(try await old.migrate(configuration) == [])
        new.remakeable = [Self.function]
        #expect(try await new.migrate(configuration) == ["squash.sql", "count.sql"])
        #expect(try await new.status(pool) == .current)
        #expect(try await new.migrate(configuration) == [])
        #expect(try await database.psql("select * from people") == "1|")
      }
    }
  }

  @Test("goes on with the migrations that came after those that replaced others")
  func squashedBefore() async throws {
    try await withDatabase { configuration, database async throws in
      let old = Migrator(migrations: [Self.first], remakeable: [])
      let new = Migrator(
        migrations: [
          Migration(version: 1, name: "0001_all.sql", sql: "create table people (id int)"),
          Migration(version: 2, name: "0002_pets.sql", sql: "create table pets (id int)"),
        ],
        remakeable: [Self.function],
        squashed: Migrator.Squashed(oldest: Self.first, version: 1))
      _ = try await old.migrate(configuration)
      try await database.psql("drop table people")
      #expect(
        try await new.migrate(configuration) == ["squash.sql", "0002_pets.sql", "count.sql"])
      #expect(try await database.psql("select count(*) from pets") == "0")
    }
  }

  @Test("stopped by another session's lock, it names only what stays") func locked() async throws {
    try await withDatabase { configuration, database async throws in
      var migrator = Migrator(migrations: [Self.first], remakeable: [Self.function])
      _ = try await migrator.migrate(configuration)
      let session = try BlockingConnection(configuration)
      try session.execute("begin; lock table people")
      migrator.migrations.append(
        Migration(version: 2, name: "0002_pets.sql", sql: "create table pets ()"))
      migrator.remakeable[0].sql += "lock table people;"
      let error = await migrator.failure(configuration)
      guard case .locked("count.sql", _, let applied)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(applied == [])
      try session.execute("rollback")
      #expect(try await migrator.migrate(configuration) == ["0002_pets.sql", "count.sql"])
    }
  }

  @Test("says whether the database is behind, current or ahead") func status() async throws {
    try await withDatabase { configuration, _ async throws in
      let one = Migrator(migrations: [Self.first], remakeable: [])
      let two = Migrator(migrations: [Self.first, Self.second], remakeable: [])
      try await withPool(configuration.url) { pool async throws in
        #expect(try await one.status(pool) == .behind(version: 0))
        _ = try await one.migrate(configuration)
        #expect(try await one.status(pool) == .current)
        #expect(try await two.status(pool) == .behind(version: 1))
        _ = try await two.migrate(configuration)
        #expect(try await two.status(pool) == .current)
        #expect(try await one.status(pool) == .ahead(version: 2))
      }
    }
  }

  @Test("without a server it says so") func noServer() async throws {
    let url = "postgresql://postgres@127.0.0.1:\(try FreePort.find())/postgres"
    let migrator = Migrator(migrations: [Self.first], remakeable: [])
    let error = await failure { try await migrator.migrate(PostgresConfiguration(url: url)) }
    #expect(error?.kind == "cannot_connect")
  }
}
