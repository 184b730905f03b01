import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Roles") struct RoleTests {
  @Test("The owner's login migrates, and all belongs to the owner")
  func owner() async throws {
    try await RolesFixture.with { fixture in
      let owners = try await fixture.database.psql(
        """
        select string_agg(distinct pg_get_userbyid(o.owner), ', ')
          from (select relowner from pg_class
                 where relnamespace::regnamespace::text in ('helpdesk', 'ops', 'migrations')
                union all
                select proowner from pg_proc
                 where pronamespace::regnamespace::text in ('helpdesk', 'ops')
                union all
                select nspowner from pg_namespace
                 where nspname in ('helpdesk', 'ops', 'migrations')) o (owner)
        """)
      #expect(owners == "tacohelp_owner")
    }
  }

  @Test("Servers and workers may do all that they do, and change no table that they need not")
  func exactlyWhatIsUsed() async throws {
    try await RolesFixture.with { fixture in
      try await withPool(fixture.url(.server)) { pool in
        let statements = try await EveryStatement(fixture.database, pool)
        try await statements.serve()
        try await statements.work()
      }
      // PostgreSQL counts the rows that were inserted, updated and deleted. organizations: only locked.
      try await eventually("every privilege to change rows was used") {
        try await fixture.database.psql(
          """
          select string_agg(distinct c.relname || ' ' || g.privilege_type, ', ')
            from pg_class c
            join pg_stat_user_tables s on s.relid = c.oid
           cross join lateral (
             select grantee, privilege_type from aclexplode(c.relacl)
             union all
             select x.grantee, x.privilege_type from pg_attribute a, aclexplode(a.attacl) x
              where a.attrelid = c.oid) g
           where g.grantee = 'tacohelp_app'::regrole and c.relname <> 'organizations'
             and case g.privilege_type when 'INSERT' then s.n_tup_ins when 'UPDATE' then s.n_tup_upd
                                       when 'DELETE' then s.n_tup_del when 'SELECT' then 1 else 0 end = 0
          """) == ""
      }
      let others = try await fixture.database.psql(
        """
        select string_agg(n.nspname || ' ' || g.privilege_type, ', ')
          from pg_namespace n, aclexplode(n.nspacl) g
         where g.grantee = 'tacohelp_app'::regrole and g.privilege_type <> 'USAGE'
        union all
        select string_agg(classid::regclass || ' ' || deptype::text, ', ') from pg_shdepend
         where refclassid = 'pg_authid'::regclass and refobjid = 'tacohelp_app'::regrole
           and classid not in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass,
                               'pg_auth_members'::regclass)
        """)
      #expect(others == "")
    }
  }

  @Test("A server's login may do no more")
  func server() async throws {
    try await RolesFixture.with { fixture in
      try await withPool(fixture.url(.ops)) { pool async throws in
        #expect(try await !Schema.isReady(pool), "as after a restore without privileges")
      }
      try await fixture.refuses(
        .server,
        [
          "drop table helpdesk.tickets", "truncate helpdesk.rate_limits",
          "alter table helpdesk.tickets add column extra text",
          "create table helpdesk.extra ()", "create table ops.extra ()",
          "create table public.extra ()", "create schema extra",
          "create function ops.extra() returns int language sql return 1",
          "create or replace function helpdesk.new_id(at timestamptz) returns text language sql return ''",
          "delete from helpdesk.audit_events", "update helpdesk.audit_events set actor_name = 'x'",
          "delete from helpdesk.tickets", "delete from helpdesk.users",
          "delete from helpdesk.api_keys",
          "delete from helpdesk.comments", "update helpdesk.comments set content = 'x'",
          "update helpdesk.messages set content = 'x'", "update helpdesk.events set body = '{}'",
          "update helpdesk.organizations set plan = 'ENTERPRISE'",
          "insert into helpdesk.organizations (id, name) values ('x', 'x')",
          "update helpdesk.api_keys set scopes = '{*}'",
          "update helpdesk.api_keys set rate_limit = 9",
          "update helpdesk.users set email = 'x@example.com'",
          "update helpdesk.endpoint_secrets set created_at = now()",
          "update helpdesk.tickets set org_id = 'x'", "update helpdesk.sessions set user_id = 'x'",
          "select created_at from helpdesk.organizations",
          "select checksum from migrations.applied",
          "select checksum from migrations.remade",
          "update migrations.applied set version = 1",
          "insert into migrations.applied (version, name, checksum) values (99, 'x', 'x')",
          "select ops.create_org('x')", "select ops.set_plan('x', 'PRO')",
          "select ops.create_api_key('x', 'x', '{*}')", "select helpdesk.set_plan('x', 'PRO')",
          "select * from ops.audit_trail", "select * from ops.api_keys",
          "set role tacohelp_owner", "set role tacohelp_ops", "create role extra",
          "alter role server superuser", "alter system set log_statement = 'all'",
          "select pg_read_file('/etc/passwd')", "copy helpdesk.users to program 'cat'",
        ])
      // Nor give a row to others, or rewrite what was said, sent and recorded.
      let rewritable = try await fixture.database.psql(
        """
        select string_agg(attrelid::regclass || '.' || attname, ', ') from pg_attribute
         where attrelid in (select oid from pg_class where relkind = 'r'
                               and relnamespace = 'helpdesk'::regnamespace)
           and attname in ('org_id', 'id', 'number', 'user_id', 'endpoint_id', 'event_id',
                           'delivery_id', 'conversation_id', 'author_id', 'sender_id', 'actor_id',
                           'email', 'name', 'scopes', 'rate_limit', 'plan', 'content', 'body',
                           'fingerprint', 'response', 'at', 'target_id', 'detail')
           and has_column_privilege('tacohelp_app', attrelid, attnum, 'update')
        """)
      #expect(rewritable == "")
    }
  }

  @Test("An operator's login runs tacohelp's commands, and ops, and sees no secret")
  func operators() async throws {
    try await RolesFixture.with { fixture in
      try await withPool(fixture.url(.ops), connections: 1) { pool in
        try await Self.operate(OperatorFunctions(pool), pool)
      }
      try await fixture.refuses(
        .ops,
        [
          "select secret from helpdesk.endpoint_secrets",
          "select password_hash from helpdesk.users",
          "select hash from helpdesk.api_keys", "select hash from helpdesk.sessions",
          "select hash from helpdesk.invitations", "select subject from helpdesk.tickets",
          "select body from helpdesk.events", "select content from helpdesk.messages",
          "select id from helpdesk.organizations", "update helpdesk.users set role = 'admin'",
          "delete from helpdesk.audit_events", "truncate helpdesk.deliveries",
          "insert into helpdesk.organizations (id, name) values ('x', 'x')",
          "select * from helpdesk.admit('{}', '{}')", "delete from migrations.applied",
          "select helpdesk.redeliver('x', null, null, 'x')",
          "select helpdesk.audit('x', null, null, 'a.b', 'x', 'x')",
          "create table ops.extra ()", "create table public.extra ()", "drop view ops.api_keys",
          "create or replace view ops.api_keys as select 1", "set role tacohelp_owner",
          "set role tacohelp_app",
        ])
      // Whatever a view reads, it reads with its owner's rights.
      let hidden = try await fixture.database.psql(
        """
        select distinct v.relname || ' shows ' || t.relname || '.' || a.attname
          from pg_rewrite r
          join pg_class v on v.oid = r.ev_class and v.relnamespace = 'ops'::regnamespace
          join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
          join pg_class t on t.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
          join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
         where a.attname in ('secret', 'hash', 'password_hash', 'submission', 'body', 'content',
                             'subject', 'description')
            or t.relname in ('sessions', 'invitations', 'endpoint_secrets')
        """)
      #expect(hidden == "")
    }
  }

  /// All that operators can do, with commands and in psql.
  private static func operate(_ operations: OperatorFunctions, _ pool: PostgresPool) async throws {
    func run(_ sql: String) async throws -> String {
      try await pool.write(Statement("select (\(sql))::text")()).first?.textOrNull() ?? ""
    }
    let org = try await operations.createOrganization(name: "Acme", plan: "free")
    _ = try await run("ops.set_plan('\(org)', 'PRO')")
    let user = try await operations.createUser(
      org: org, email: "ada@example.com", name: "Ada", role: "admin", passwordHash: "$scrypt$x")
    _ = try await operations.inviteUser(user)
    _ = try await run("ops.end_sessions('\(user)')")
    _ = try await operations.createKey(
      org: org, name: "k", scopes: ["*"], rateLimit: 100, expiresInSeconds: nil)
    let key = try #require(try await operations.listKeys(org: org).first).prefix(25)
    try await operations.revokeKey(String(key))
    let made = try await operations.createEndpoint(
      org: org, url: "https://example.com/", events: ["ticket.created"])
    let endpoint = String(made.prefix(25))
    #expect(try await operations.listEndpoints(org: org).count == 1)
    try await operations.updateEndpoint(
      endpoint, url: "https://example.com/2", events: nil)
    #expect(try await operations.rotateSecret(endpoint).hasPrefix("whsec_"))
    let delivery = try await operations.testEndpoint(endpoint)
    try await operations.disableEndpoint(endpoint)
    try await operations.enableEndpoint(endpoint, replay: true)
    #expect(try await operations.listDeliveries(endpoint: endpoint).count == 1)
    #expect(try await operations.listAttempts(delivery: delivery).isEmpty)
    #expect(try await operations.redeliver(delivery) == "pending")
    _ = try await operations.redeliverFailed(endpoint: endpoint, since: "2026-01-01T00:00:00Z")
    for view in [
      "organizations_at_a_glance", "api_keys", "rate_limit_use", "endpoints", "endpoint_health",
      "deliveries", "attempts", "delivery_queue", "audit_trail",
    ] {
      _ = try await run("select count(*) from ops.\(view)")
    }
    _ = try await run("ops.prune_rate_limits()")
    try await operations.deleteEndpoint(endpoint)
    #expect(try await operations.listEndpoints(org: org).isEmpty)
  }

  @Test("Databases of one cluster may be migrated at once, each making the roles that are missing")
  func race() async throws {
    try await TestCluster.with { cluster in
      var databases: [TestDatabase] = []
      for _ in 0..<6 { databases.append(try await TestDatabase.create(on: cluster.server)) }
      try await atOnce(12) { [databases] index in
        _ = try await Schema.migrator.migrate(
          PostgresConfiguration(url: databases[index % 6].url), makingRoles: true)
      }
      for database in databases {
        let privileges = try await database.psql(
          """
          select has_column_privilege('tacohelp_app', 'helpdesk.tickets', 'status', 'update'),
                 has_table_privilege('tacohelp_app', 'helpdesk.tickets', 'delete'),
                 has_table_privilege('tacohelp_ops', 'ops.deliveries', 'select')
          """)
        #expect(privileges == "t|f|t")
      }
    }
  }

  @Test("Roles that come later get theirs by the next migration, and lose what was added by hand")
  func later() async throws {
    try await TestCluster.with { cluster in
      let database = try await TestDatabase.create(on: cluster.server)
      let configuration = PostgresConfiguration(url: database.url)
      _ = try await Schema.migrator.migrate(configuration)
      let names = try await Schema.migrator.migrate(configuration, makingRoles: true)
      #expect(names == [])
      try await database.psql(
        "grant delete on helpdesk.audit_events to tacohelp_app; revoke all on ops.deliveries from tacohelp_ops"
      )
      _ = try await Schema.migrator.migrate(configuration)
      let privileges = try await database.psql(
        """
        select has_table_privilege('tacohelp_app', 'helpdesk.audit_events', 'delete'),
               has_table_privilege('tacohelp_ops', 'ops.deliveries', 'select')
        """)
      #expect(privileges == "f|t")
    }
  }

  @Test("A login that may not create roles migrates without them, and is told so if it should")
  func mayNot() async throws {
    try await TestCluster.with { cluster in
      let database = try await TestDatabase.create(on: cluster.server)
      try await cluster.server.psql(
        "create role plain login; alter database \"\(database.name)\" owner to plain")
      let configuration = PostgresConfiguration(
        url: "postgresql://plain@127.0.0.1:\(cluster.port)/\(database.name)")
      await #expect(throws: MigrationError.self) {
        try await Schema.migrator.migrate(configuration, makingRoles: true)
      }
      #expect(try await !Schema.migrator.migrate(configuration).isEmpty)
      // Others' roles are no hindrance, nor is asking for what is there.
      try await cluster.server.psql(Schema.migrator.roles)
      _ = try await Schema.migrator.migrate(configuration, makingRoles: true)
      try await withPool(configuration.url) { pool in
        try await EveryStatement(database, pool).serve()
      }
    }
  }
}
