import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct ConcurrencyTests {
  @Test("each change of a ticket is later than the one before, and its events' ids follow")
  func order() async throws {
    try await Fixture.with { fixture in
      let (tickets, comments) = (TicketStore(fixture.pool), CommentStore(fixture.pool))
      let ticket = try await fixture.ticket()
      let author = try fixture.email("client@example.com")
      let changes = 8 * 40
      try await atOnce(8) { writer in
        for round in 0..<40 {
          if round.isMultiple(of: 4) {
            _ = try await comments.create(
              "\(writer) \(round)", by: author, on: ticket, in: fixture.organization)
          } else {
            var patch = Ticket.Patch()
            patch.subject = "\(writer) \(round)"
            _ = try await tickets.update(ticket, patch, in: fixture.organization)
          }
        }
      }
      let source = try await fixture.ticket()
      _ = try await tickets.merge(source, into: ticket, in: fixture.organization)
      let moments = try await fixture.psql(
        """
        select coalesce(body::json #>> '{data,mergedInto,updatedAt}',
                        body::json #>> '{data,ticket,updatedAt}')
          from helpdesk.events
         where ticket_id = '\(ticket)' or type = 'ticket.merged' order by id
        """
      ).split(separator: "\n")
      #expect(moments.count == 1 + changes + 1)
      // Compared first, so that a failure does not print them all.
      let areAscending = moments == Set(moments).sorted()
      #expect(areAscending)
      let comment = try await fixture.psql(
        """
        select count(*), count(distinct left(id, 9)),
               array_agg(id order by id) = array_agg(id order by created_at) from helpdesk.comments
        """)
      #expect(comment == "80|80|t")
    }
  }

  @Test("a change of what last changed later than the clock is later still")
  func clockSetBack() async throws {
    try await Fixture.with { fixture in
      let (tickets, chats) = (TicketStore(fixture.pool), ConversationStore(fixture.pool))
      let ticket = try await fixture.ticket()
      let chat = ConversationID(
        stored: try await chats.create(visitor: "Sam", nil, in: fixture.organization).id)
      let endpoint = try await fixture.endpoint(["ticket.updated"])
      try await fixture.psql(
        """
        update helpdesk.tickets set updated_at = date_trunc('ms', updated_at) + interval '1 h';
        update helpdesk.conversations set updated_at = updated_at + interval '1 h'
        """)
      let before = try await fixture.psql("select updated_at from helpdesk.tickets")
      var patch = Ticket.Patch()
      patch.status = .waiting
      _ = try await tickets.update(ticket, patch, in: fixture.organization)
      #expect(
        try await fixture.psql(
          "select updated_at - '\(before)'::timestamptz from helpdesk.tickets") == "00:00:00.001")
      // Its event is sent at once nonetheless.
      #expect(
        try await fixture.psql(
          "select next_attempt_at <= clock_timestamp() from helpdesk.deliveries") == "t")
      #expect(try await DeliveryStore(fixture.pool).claim().map(\.endpoint) == [endpoint])
      for text in ["One", "Two", "Three"] {
        _ = try await chats.send(text, from: .visitor, in: chat, of: fixture.organization)
      }
      _ = try await chats.end(chat, in: fixture.organization)
      #expect(
        try await fixture.psql(
          """
          select string_agg(content, ' ' order by created_at), string_agg(content, ' ' order by id),
                 count(distinct date_trunc('ms', created_at)),
                 max(created_at) < (select updated_at from helpdesk.conversations)
            from helpdesk.messages
          """) == "One Two Three|One Two Three|3|t")
    }
  }

  private func merge(
    _ store: TicketStore, _ source: TicketID, _ target: TicketID, _ fixture: Fixture
  ) async throws {
    do {
      _ = try await store.merge(source, into: target, in: fixture.organization)
    } catch HelpdeskError.ticketMerged {
      // The other direction was first.
    }
  }
}
