import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Organizations apart, statement by statement") struct TenantTests {
  /// Each row that an organization gets, another one, `twin`, gets too: with the same ids, and TWIN in
  /// its texts. A statement that forgets the organization sees both, or changes both.
  private static let twins = """
    insert into helpdesk.organizations (id, name, plan) values ('twin', 'TWIN', 'PRO');
    create schema twins;
    create function twins.copy() returns trigger language plpgsql
    set session_replication_role = replica
    as $$
    declare
      twin jsonb := to_jsonb(new) || '{"org_id": "twin"}';
      member text;
    begin
      foreach member in array '{name,subject,description,content,visitor_name,actor_name,target_name,
                                secret,body,error,response,disabled_reason}'::text[] loop
        if twin ->> member is not null then
          twin := twin || jsonb_build_object(member, 'TWIN ' || (twin ->> member));
        end if;
      end loop;
      foreach member in array '{open,in_progress,waiting,resolved,closed,active,ended}'::text[] loop
        if twin ? member then
          twin := twin || jsonb_build_object(member, 1000);
        end if;
      end loop;
      if twin ? 'url' then
        twin := twin || '{"url": "https://TWIN/"}';
      end if;
      -- These are looked for in all organizations, and a worker takes whatever is due.
      if twin ? 'hash' then
        twin := twin || jsonb_build_object('hash', sha256((twin ->> 'hash')::bytea));
      end if;
      if tg_table_name = 'deliveries' then
        twin := twin || jsonb_build_object('state', 'succeeded', 'next_attempt_at', null,
                                           'finished_at', now());
      end if;
      execute format('insert into %1$s select (jsonb_populate_record(null::%1$s, $1)).*
                        on conflict do nothing',
                     tg_relid::regclass) using twin;
      return null;
    end
    $$;
    create function twins.refuse() returns trigger language plpgsql as $$
    begin
      raise exception 'a statement reached for another organization''s % (%)', tg_table_name, tg_op;
    end
    $$;
    do $$
    declare
      relation regclass;
    begin
      for relation in
        select attrelid from pg_attribute a join pg_class c on c.oid = a.attrelid
         where c.relnamespace = 'helpdesk'::regnamespace and c.relkind = 'r' and attname = 'org_id'
      loop
        execute format($q$
          create trigger twin_copy after insert on %s for each row
            when (new.org_id <> 'twin') execute function twins.copy();
          create trigger twin_refuse before update or delete on %1$s for each row
            when (old.org_id = 'twin') execute function twins.refuse();
          $q$, relation);
      end loop;
    end
    $$;
    """

  @Test("No request, page or recorded result sees or changes another's rows, even of the same ids")
  func twins() async throws {
    try await TestDatabase.with { database in
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      try await database.psql(Self.twins)
      try await withPool(database.url) { pool in
        let statements = try await EveryStatement(database, pool)
        try await statements.serve()
        #expect(statements.transcript.text.contains("Ada"))
        let seen = statements.transcript.text.split(separator: "\n").filter { $0.contains("TWIN") }
        #expect(seen.isEmpty)
      }
      let without = try await database.psql(
        """
        select string_agg(c.relname, ', ') from pg_class c
         where c.relnamespace = 'helpdesk'::regnamespace and c.relkind = 'r'
           and c.relname not in ('organizations', 'sign_in_attempts')
           and query_to_xml(format('select 1 from helpdesk.%I where org_id = ''twin''', c.relname),
                            false, false, '')::text not like '%<row%'
        """)
      #expect(without == "", "nothing was tried on these tables")
    }
  }

  @Test("EveryStatement tries all that the stores offer")
  func complete() throws {
    let tried = try Repository.text("Tests/HelpdeskTests/EveryStatement.swift")
    // An operator's functions know no organization; recordAlone is another way to the same statement.
    for file in try Repository.files(below: "Sources/Helpdesk", ".swift")
    where !file.hasSuffix("OperatorFunctions.swift") {
      let text = try Repository.text(file)
      guard text.contains("pool") else { continue }
      for match in text.matches(of: /\n  public (?:static )?func (\w+)\(/)
      where match.1 != "recordAlone" {
        #expect(tried.contains(".\(match.1)("), "\(file): \(match.1)")
      }
    }
  }
}
