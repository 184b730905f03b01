import TestSupport
import Testing

@testable import Helpdesk

@Suite("Tickets and chat from psql") struct TicketOperationsTests {
  private func sqlState(_ fixture: Fixture, _ sql: String) async throws -> String {
    try await fixture.database.psql(
      """
      create or replace function pg_temp.state_of(sql text) returns text language plpgsql as $$
      begin execute sql; return 'done'; exception when others then return sqlstate; end $$;
      select pg_temp.state_of($sql$\(sql)$sql$)
      """)
  }

  @Test("A ticket's life, with its events")
  func ticket() async throws {
    try await Fixture.with { fixture in
      _ = try await fixture.endpoint(Event.types)
      let org = fixture.organization
      let agent = try await fixture.account("agent@example.com", role: "agent").user
      func run(_ sql: String) async throws -> String { try await fixture.database.psql(sql) }
      let create = "select ops.create_ticket('\(org)', 'Cold', 'Very.', ' ada@example.com ')"
      let id = try await run("\(create) ->> 'id'")
      let other = try await run("\(create) ->> 'id'")
      #expect(
        try await run(
          """
          select j ->> 'status', j ->> 'resolvedAt' is not null, j -> 'assignee' ->> 'id' = '\(agent)'
            from ops.update_ticket('\(id)', 'resolved', assignee_id => '\(agent)') j
          """) == "RESOLVED|t|t")
      #expect(
        try await run(
          "select ops.add_comment('\(id)', 'bob@example.com', 'So am I') -> 'author' ->> 'name'")
          == "bob")
      #expect(try await run("select ops.merge_tickets('\(id)', '\(other)') ->> 'id'") == other)
      #expect(
        try await run("select string_agg(type, ' ' order by created_at, type) from helpdesk.events")
          == """
          ticket.created ticket.created ticket.resolved ticket.updated ticket.commented ticket.merged
          """)
      for (sql, state) in [
        ("select ops.merge_tickets('\(id)', '\(other)')", "55000"),
        ("select ops.update_ticket('\(id)', 'open')", "55000"),
        ("select ops.add_comment('nothing', 'bob@example.com', 'x')", "P0002"),
        ("select ops.create_ticket('\(org)', ' ', 'x', 'ada@example.com')", "22023"),
        ("select ops.create_ticket('\(org)', 'x', 'x', 'ada')", "22023"),
        ("select ops.create_ticket('\(org)', 'x', 'x', 'ada@example.com', 'soon')", "23514"),
        ("select ops.create_ticket('nobody', 'x', 'x', 'ada@example.com')", "P0002"),
      ] {
        #expect(try await sqlState(fixture, sql) == state, "\(sql)")
      }
    }
  }

  @Test("A chat's life")
  func chat() async throws {
    try await Fixture.with { fixture in
      let org = fixture.organization
      func run(_ sql: String) async throws -> String { try await fixture.database.psql(sql) }
      let id = try await run("select ops.create_conversation('\(org)', 'Sam') ->> 'id'")
      #expect(
        try await run("select ops.send_message('\(id)', 'Hello') ->> 'senderType'") == "agent")
      #expect(try await run("select ops.end_conversation('\(id)') ->> 'status'") == "ended")
      #expect(try await run("select ops.end_conversation('\(id)') ->> 'status'") == "ended")
      let late = "select ops.send_message('\(id)', 'Hello', 'visitor')"
      #expect(try await sqlState(fixture, late) == "55000")
      #expect(
        try await sqlState(fixture, "select ops.create_conversation('nobody', 'Sam')") == "P0002")
    }
  }
}
