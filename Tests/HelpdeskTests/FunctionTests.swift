import Foundation
import Postgres
import TestSupport
import Testing

@testable import Helpdesk

/// Rules that a carelessly added function would break.
@Suite("Functions in the database") struct FunctionTests {
  private func functions(where condition: String) async throws -> String {
    try await TestDatabase.with { database in
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      return try await database.psql(
        """
        select n.nspname || '.' || p.proname from pg_proc p
          join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('helpdesk', 'ops') and (\(condition)) order by 1
        """)
    }
  }

  @Test("Names in them mean PostgreSQL's own, whatever the session's search_path")
  func searchPaths() async throws {
    // The body of one in standard SQL was parsed when it was made.
    let loose = try await functions(
      where: """
        not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
        and n.nspname = 'ops' and (p.prosqlbody is null or p.prosecdef)
        """)
    #expect(loose == "")
    // These run in sessions of servers, which set it, or within those of ops. PostgreSQL would apply
    // and undo a setting at each call.
    #expect(try await functions(where: "p.proconfig is not null and n.nspname = 'helpdesk'") == "")
  }

  @Test(
    "A string with a backslash means the same whatever the session's standard_conforming_strings")
  func strings() async throws {
    let loose = try await functions(
      where: """
        regexp_replace(p.prosrc, 'E''([^'']|'''')*''(\\s*''([^'']|'''')*'')*', '', 'g') ~ '\\\\'
        or p.prosrc ~* '\\mU&'''
        """)
    #expect(loose == "")
  }

  @Test(
    "plpgsql_check finds no fault in any, nor a hidden cast",
    .enabled(if: ProcessInfo.processInfo.environment["TEST_PLPGSQL_CHECK"] != nil))
  func checked() async throws {
    try await TestDatabase.with { database in
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      let faults = try await database.psql(
        """
        create extension plpgsql_check;
        select p.oid::regprocedure, c.lineno, c.message, c.detail
          from pg_proc p
         cross join lateral plpgsql_check_function_tb(
           p.oid, extra_warnings => true, performance_warnings => true) c
         where p.pronamespace::regnamespace::text in ('helpdesk', 'ops')
           and p.prolang = (select oid from pg_language where lanname = 'plpgsql')
        """)
      #expect(faults == "")
    }
  }

  /// SQL: the tables that a function `p` names, with what stands behind each.
  private static let tablesNamed = """
    regexp_matches(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc),
                   '(\\w+)\\s+helpdesk[.](\\w+)(?:\\s+as)?\\s+(\\w+)', 'g')
    """

  @Test("Those that know no organization, or several, are listed with their reasons")
  func acrossOrganizations() async throws {
    let across = try await functions(
      where: """
        n.nspname = 'helpdesk' and exists (
          select from \(Self.tablesNamed) m
            join pg_class c on c.relname = m[2] and c.relnamespace = n.oid and c.relkind = 'r')
        and case when p.pronargs > 0 then p.proargnames[1] end is distinct from 'org_id'
        """)
    let file = try Repository.text("sql/functions/all_organizations.sql")
    let head = try #require(file.split(separator: "\n--\n").dropFirst().first)
    let listed = head.replacing("\n--", with: "").split(separator: ",").flatMap {
      $0.matches(of: /\b[a-z]+(_[a-z]+)+\b|\badmit\b/).map { "helpdesk.\($0.0)" }
    }
    #expect(across.split(separator: "\n").map(String.init) == listed.sorted())
  }

  @Test("The others name the organization for every table that they read or change")
  func organization() async throws {
    let careless = try await functions(
      where: """
        n.nspname = 'helpdesk' and p.pronargs > 0 and p.proargnames[1] = 'org_id' and exists (
          select from \(Self.tablesNamed) m
            join pg_class c on c.relname = m[2] and c.relnamespace = n.oid and c.relkind = 'r'
           where lower(m[1]) in ('from', 'join', 'update', 'using', 'only')
             and p.prosrc !~ format('\\m%1$s[.]org_id = |= %1$s[.]org_id\\M', m[3])
             and not (m[2] = 'organizations' and p.prosrc ~ format('\\m%s[.]id = org_id\\M', m[3])))
        """)
    #expect(careless == "")
  }

  @Test("Changes that answer a request return the columns that ChangeAnswer reads, in its order")
  func answers() async throws {
    let others = try await functions(
      where: """
        p.proname in ('create_ticket', 'update_ticket', 'merge_tickets', 'add_comment',
                      'create_conversation', 'end_conversation', 'send_message')
        and n.nspname = 'helpdesk'
        and (array(select a.name from unnest(p.proargnames, p.proargmodes)
                                   with ordinality as a (name, mode, place)
                    where a.mode = 'o' order by a.place))[: 6]
            = array['refusal', 'is_replay', 'answer', 'id', 'updated_at', 'has_due_deliveries']
        """)
    #expect(others.split(separator: "\n").count == 7, "\(others)")
  }

  @Test("Limits that Swift and SQL both name are the same")
  func limits() throws {
    let (tickets, chat) = (
      try Repository.text("sql/functions/tickets.sql"),
      try Repository.text("sql/functions/chat.sql")
    )
    #expect(tickets.contains("most constant int := \(Comment.mostOfTicket);"))
    #expect(tickets.contains("comment_count > \(Comment.mostOfTicket) then"))
    #expect(chat.contains("most constant int := \(Message.mostOfConversation);"))
    let all = try Repository.text("sql/functions/all_organizations.sql")
    #expect(MomentsAhead.batch == Retention.batch)
    #expect(all.components(separatedBy: "limit \(Retention.batch) for update").count == 7)
    #expect(all.components(separatedBy: "limit \(Retention.rateLimitBatch) for update").count == 2)
    #expect(all.contains("limit \(APIKeyStore.useBatch) for no key update"))
    let deliveries = try Repository.text("sql/functions/deliveries.sql")
    for reason in [Endpoint.DisableReason.failures, .gone] {
      #expect(deliveries.contains("'\(reason.rawValue)'"), "\(reason)")
    }
  }

  @Test("None makes SQL from text")
  func dynamic() async throws {
    #expect(try await functions(where: "p.prosrc ~* '\\mexecute\\M'") == "")
  }

  @Test("None is executable by public, least of all those with their owner's rights")
  func executable() async throws {
    let open = try await functions(
      where: """
        p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)
        """)
    #expect(open == "")
  }

  @Test("Only those for operators have their owner's rights, and what commands check beforehand")
  func definers() async throws {
    let definers = try await functions(
      where: "p.prosecdef <> (n.nspname = 'ops' and p.proname !~ '^_(?!check_)')")
    #expect(definers == "")
  }
}
