import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Erasing, a part at a time") struct ErasureTests {
  @Test("Each part is small, reads by index, and is finished when it says so")
  func parts() async throws {
    try await Fixture.with(connections: 1) { fixture in
      let (org, ticket) = (fixture.organization, try await fixture.ticket())
      try await fixture.psql(
        """
        insert into helpdesk.events (org_id, id, type, ticket_id, body, created_at)
        select '\(org)', helpdesk.new_id(clock_timestamp()), 'ticket.updated', '\(ticket)', '{}', now()
          from generate_series(1, 24)
        """)
      var parts = 0
      while try await fixture.psql("select ops.delete_ticket('\(ticket)', 10)") == "f" {
        parts += 1
        let left = try await fixture.psql("select count(*) from helpdesk.events")
        #expect(left == "\(25 - 10 * parts)")
      }
      #expect(parts == 2)
      for _ in 0..<5 { _ = try await fixture.ticket() }
      parts = 0
      while try await fixture.psql("select ops.delete_org('\(org)', 'Acme', 2)") == "f" {
        parts += 1
      }
      // Three of the five events, three of the tickets, one of the user, some of the audit trail.
      #expect((8...12).contains(parts), "\(parts)")
      let left = try await fixture.psql(
        """
        select string_agg(c.relname, ' ') from pg_class c
         where c.relnamespace = 'helpdesk'::regnamespace and c.relkind = 'r'
           and query_to_xml(format('select 1 from helpdesk.%I', c.relname), false, false, '')::text
               like '%<row%'
        """)
      #expect(left == "audit_events")
      #expect(
        try await fixture.psql("select organization, action from ops.audit_trail")
          == "Acme|organization.deleted")
    }
  }

  @Test(
    "Erasing a person is done in parts too, and nobody is told that what they have is as it was")
  func personParts() async throws {
    try await Fixture.with(connections: 1) { fixture in
      let (org, ticket) = (fixture.organization, try await fixture.ticket())
      let person = try await fixture.psql(
        "select ops.create_user('\(org)', 'ann@example.com', 'Ann', 'agent')")
      try await fixture.psql(
        """
        insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
        select '\(org)', helpdesk.new_id(now()), '\(ticket)', '\(person)', 'Hm', now()
          from generate_series(1, 5);
        insert into helpdesk.conversations
          (org_id, id, visitor_name, visitor_email, created_at, updated_at)
        values ('\(org)', helpdesk.new_id(now()), 'Ann', 'ANN@example.com', now(), now());
        -- As long as may be kept, and longer with another address.
        insert into helpdesk.idempotency_keys (org_id, key, fingerprint, answer, comments)
        select '\(org)', 'key ' || n, sha256('x'), '{}', (
                 select json_agg(json_build_object(
                          'c0', m, 'c1', repeat('x', 900), 'c3', '\(person)', 'c4', 'Ann', 'c5',
                          'ann@example.com'))
                   from generate_series(1, 1040) m)
          from generate_series(1, 3) n;
        update helpdesk.tickets set updated_at = now() - interval '1 hour';
        update helpdesk.conversations set updated_at = now() - interval '1 hour';
        """)
      var (after, parts) = ("null", 0)
      repeat {
        after = try await fixture.psql(
          """
          select coalesce(quote_literal(ops.erase_user('\(person)', \(after), 2)), 'null')
          """)
        parts += 1
      } while after != "null" && parts < 100
      #expect((8..<40).contains(parts), "\(parts)")
      #expect(
        try await fixture.psql(
          """
          select (select count(*) from helpdesk.users where email = 'ann@example.com'),
                 (select count(*) from helpdesk.tickets
                   where id = '\(ticket)' and updated_at > now() - interval '1 minute'),
                 (select count(*) from helpdesk.conversations
                   where visitor_name = 'Erased user' and updated_at > now() - interval '1 minute'),
                 (select count(*) from helpdesk.idempotency_keys where comments is null)
          """) == "0|1|1|3")

      // A chat that came under the address afterwards.
      try await fixture.psql(
        """
        insert into helpdesk.conversations
          (org_id, id, visitor_name, visitor_email, created_at, updated_at)
        values ('\(org)', helpdesk.new_id(now()), 'Ann', 'ann@example.com', now(), now())
        """)
      try await OperatorFunctions(fixture.pool).eraseUser(person, email: "Ann@example.com")
      #expect(
        try await fixture.psql(
          "select count(*) from helpdesk.conversations where visitor_name = 'Ann'") == "0")
    }
  }

  @Test("Deleting a ticket finds what points to it by index, among thousands")
  func plans() async throws {
    try await Fixture.with(connections: 1) { fixture in
      let ticket = try await fixture.ticket()
      try await fixture.psql(
        """
        insert into helpdesk.tickets
          (org_id, id, number, subject, description, created_by, created_at, updated_at)
        select org_id, helpdesk.new_id(created_at), number + n, subject, description, created_by,
               created_at, created_at
          from helpdesk.tickets, generate_series(10, 5000) n where id = '\(ticket)';
        insert into helpdesk.events (org_id, id, type, ticket_id, body, created_at)
        select org_id, helpdesk.new_id(created_at), 'ticket.created', id, '{}', created_at
          from helpdesk.tickets where number >= 10;
        analyze
        """)
      let statement =
        "select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables where schemaname = 'helpdesk'"
      let read = try await fixture.psql(
        "begin; select ops.delete_ticket('\(ticket)'); \(statement); commit")
      let rows = try #require(Int(read.split(separator: "\n").last ?? ""))
      #expect((1...60).contains(rows), "\(rows)")
    }
  }

  @Test("The other members of a JSON text stay, whatever stands in names")
  func json() async throws {
    try await TestDatabase.with { database in
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      let same = try await database.psql(
        #"""
        select count(*) from (values
          (json_build_object('id', 'c1', 'name', e'A "\\ \n\u00e4, d', 'email', '"a\"@b.c', 'role', 'x')::text,
           json_build_object('id', 'c1', 'name', 'Erased user', 'email', 'e@e', 'role', 'x')::text),
          ('{"c0":"t","c1":"c1","c2":"A","c3":"a@b.c","c4":"c2","c5":"B","c6":"b@b.c"}',
           '{"c0":"t","c1":"c1","c2":"Erased user","c3":"e@e","c4":"c2","c5":"B","c6":"b@b.c"}'),
          -- A message's sender, text and time.
          ('{"c2":"c1","c3":"hello","c4":"2026-01-01"}', '{"c2":"c1","c3":"hello","c4":"2026-01-01"}'),
          ('{"id":"c12","name":"A","email":"a@b.c"}', '{"id":"c12","name":"A","email":"a@b.c"}')
        ) as v (before, after) where helpdesk.without_person(before, 'c1', 'e@e') = after
        """#)
      #expect(same == "4")
    }
  }
}
