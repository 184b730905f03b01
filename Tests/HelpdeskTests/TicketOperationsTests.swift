import TestSupport
import Testing

@testable import Helpdesk

@Suite("Tickets and chat from psql") struct TicketOperationsTests {
  private func sqlState(_ fixture: Fixture, _ sql: String) async throws -> String {
    try await fixture.psql(
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
      func run(_ sql: String) async throws -> String { try await fixture.psql(sql) }
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
        ("select ops.create_ticket('\(org)', 'x', 'x', 'ada@example.com', 'soon')", "22023"),
        ("select ops.create_ticket('nobody', 'x', 'x', 'ada@example.com')", "P0002"),
        ("select ops.create_ticket('\(org)', 'x', ' ', 'ada@example.com')", "22023"),
        ("select ops.update_ticket('\(other)', tags => '{a,NULL}')", "22023"),
        ("select ops.update_ticket('\(other)', 'later')", "22023"),
        ("select ops.add_comment('\(other)', 'bob@example.com', E'\\n')", "22023"),
      ] {
        #expect(try await sqlState(fixture, sql) == state, "\(sql)")
      }
    }
  }

  @Test("Tags and names of choices are put in order, and an error names the id that does not exist")
  func arguments() async throws {
    try await Fixture.with { fixture in
      let org = fixture.organization
      let made = try await fixture.psql(
        """
        select j ->> 'priority', j ->> 'tags', j ->> 'id'
          from ops.create_ticket('\(org)', 'x', 'x', 'a@example.com', 'high', '{b, a,"b ",c}') j
        """)
      let columns = made.split(separator: "|").map(String.init)
      #expect(columns.prefix(2) == ["HIGH", #"["b","a","c"]"#])
      for (call, message) in [
        (
          "ops.update_ticket('\(columns[2])', assignee_id => 'nobody')",
          "no user has the id 'nobody'"
        ),
        ("ops.merge_tickets('\(columns[2])', 'nothing')", "no ticket has the id 'nothing'"),
        ("ops.merge_tickets('nothing', '\(columns[2])')", "no ticket has the id 'nothing'"),
      ] {
        let said = try await fixture.psql(
          """
          create or replace function pg_temp.said() returns text language plpgsql as $$
          begin perform \(call); return ''; exception when others then return sqlerrm; end $$;
          select pg_temp.said()
          """)
        #expect(said == message, "\(call)")
      }
    }
  }

  @Test("A chat's life")
  func chat() async throws {
    try await Fixture.with { fixture in
      let org = fixture.organization
      func run(_ sql: String) async throws -> String { try await fixture.psql(sql) }
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
