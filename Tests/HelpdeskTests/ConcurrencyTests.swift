import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct ConcurrencyTests {
  @Test("tickets made at once get the numbers from one up, and one requester")
  func numbers() async throws {
    try await Fixture.with { fixture in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<60 { group.addTask { _ = try await fixture.ticket() } }
        try await group.waitForAll()
      }
      let numbers = try await fixture.database.psql(
        "select string_agg(number::text, ',' order by number) from helpdesk.tickets")
      #expect(numbers == (1...60).map(String.init).joined(separator: ","))
      #expect(try await fixture.database.psql("select count(*) from helpdesk.users") == "1")
      #expect(
        try await fixture.database.psql("select last_number, open from helpdesk.ticket_counters")
          == "60|60")
    }
  }

  @Test("changes at once lose none, and the counters equal what counting says")
  func changes() async throws {
    try await Fixture.with { fixture in
      let store = TicketStore(fixture.pool)
      var tickets: [TicketID] = []
      for _ in 0..<8 { tickets.append(try await fixture.ticket()) }
      let (first, second) = (tickets[0], tickets[1])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for round in 0..<40 {
          for (index, ticket) in tickets.enumerated() {
            group.addTask {
              var patch = Ticket.Patch()
              let statuses = Ticket.Status.allCases
              patch.status = statuses[(round * 7 + index * 3) % statuses.count]
              if round.isMultiple(of: 5) { patch.subject = "Subject \(round)" }
              _ = try await store.update(ticket, patch, in: fixture.organization)
            }
          }
        }
        // Merges in both directions between the first two.
        group.addTask { try await merge(store, first, second, fixture) }
        group.addTask { try await merge(store, second, first, fixture) }
        while let result = await group.nextResult() {
          if case .failure(let error) = result, error as? HelpdeskError != .ticketMerged {
            throw error
          }
        }
      }
      let counted = try await fixture.database.psql(
        """
        select count(*) filter (where status = 'OPEN'), count(*) filter (where status = 'IN_PROGRESS'),
               count(*) filter (where status = 'WAITING'), count(*) filter (where status = 'RESOLVED'),
               count(*) filter (where status = 'CLOSED') from helpdesk.tickets
        """)
      let counters = try await fixture.database.psql(
        "select open, in_progress, waiting, resolved, closed from helpdesk.ticket_counters")
      #expect(counters == counted)
      // Each status that an event says was left is the one that the event before it says was entered.
      let gaps = try await fixture.database.psql(
        """
        select count(*) from (
          select body::json #>> '{data,changes,status,from}' as was,
                 lag(body::json #>> '{data,changes,status,to}', 1, 'OPEN')
                   over (partition by ticket_id order by created_at) as before
            from helpdesk.events
           where type = 'ticket.updated' and body::json #> '{data,changes,status}' is not null
        ) e where was <> before
        """)
      #expect(gaps == "0")
      #expect(
        try await fixture.database.psql(
          "select count(*) from helpdesk.events where type = 'ticket.merged'") == "1")
    }
  }

  @Test("each change of a ticket is later than the one before, and its events' ids follow")
  func order() async throws {
    try await Fixture.with { fixture in
      let (tickets, comments) = (TicketStore(fixture.pool), CommentStore(fixture.pool))
      let ticket = try await fixture.ticket()
      let author = try fixture.email("client@example.com")
      let changes = 8 * 40
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<8 {
          group.addTask {
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
        }
        try await group.waitForAll()
      }
      let source = try await fixture.ticket()
      _ = try await tickets.merge(source, into: ticket, in: fixture.organization)
      let moments = try await fixture.database.psql(
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
      let comment = try await fixture.database.psql(
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
      try await fixture.database.psql(
        """
        update helpdesk.tickets set updated_at = date_trunc('ms', updated_at) + interval '1 h';
        update helpdesk.conversations set updated_at = updated_at + interval '1 h'
        """)
      let before = try await fixture.database.psql("select updated_at from helpdesk.tickets")
      var patch = Ticket.Patch()
      patch.status = .waiting
      _ = try await tickets.update(ticket, patch, in: fixture.organization)
      #expect(
        try await fixture.database.psql(
          "select updated_at - '\(before)'::timestamptz from helpdesk.tickets") == "00:00:00.001")
      // Its event is sent at once nonetheless.
      #expect(
        try await fixture.database.psql(
          "select next_attempt_at <= clock_timestamp() from helpdesk.deliveries") == "t")
      #expect(try await DeliveryStore(fixture.pool).claim().map(\.endpoint) == [endpoint])
      for text in ["One", "Two", "Three"] {
        _ = try await chats.send(text, from: .visitor, in: chat, of: fixture.organization)
      }
      _ = try await chats.end(chat, in: fixture.organization)
      #expect(
        try await fixture.database.psql(
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

  @Test("a conversation ended while messages come takes none afterwards")
  func chat() async throws {
    try await Fixture.with { fixture in
      let store = ConversationStore(fixture.pool)
      let id = ConversationID(
        stored: try await store.create(visitor: "Sam", nil, in: fixture.organization).id)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<40 {
          group.addTask {
            do {
              _ = try await store.send(
                "Hello \(index)", from: .visitor, in: id, of: fixture.organization)
            } catch HelpdeskError.conversationEnded {}
          }
          if index == 20 {
            group.addTask { _ = try await store.end(id, in: fixture.organization) }
            group.addTask { _ = try await store.end(id, in: fixture.organization) }
          }
        }
        try await group.waitForAll()
      }
      let late = try await fixture.database.psql(
        """
        select count(*) from helpdesk.messages m join helpdesk.conversations c
            on c.id = m.conversation_id where m.created_at > c.ended_at
        """)
      #expect(late == "0")
      #expect(
        try await fixture.database.psql(
          "select active, ended from helpdesk.conversation_counters") == "0|1")
    }
  }
}
