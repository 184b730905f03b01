import Postgres
import Testing

@testable import Helpdesk

@Suite struct TicketReadsTests {
  @Test("tickets asked for at once are found together, each with its own comments")
  func together() async throws {
    try await Fixture.with { fixture in
      let org = fixture.organization
      let tickets = TicketStore(fixture.pool)
      let comments = CommentStore(fixture.pool)
      let author = try fixture.email("client@example.com")
      // 20 comments are still read with others; 21 and 45 are not.
      var expected: [(TicketID, [String])] = []
      for count in [0, 1, 20, 21, 45, 3] {
        let ticket = try await fixture.ticket("With \(count)")
        let texts = (0..<count).map { "\(count): \($0)" }
        for text in texts {
          _ = try await comments.create(text, by: author, on: ticket, in: org)
        }
        expected.append((ticket, texts))
      }
      let wanted = expected + expected
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (ticket, texts) in wanted {
          group.addTask {
            let found = try await tickets.find(ticket, in: org)
            #expect(try found.ticket.text(Ticket.Column.id.rawValue) == ticket.rawValue)
            #expect(
              try found.ticket.text(Ticket.Column.subject.rawValue) == "With \(texts.count)")
            #expect(
              try found.comments.map { try $0.text(Comment.Column.content.rawValue) } == texts)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("one that does not exist, or is another's, is found by nobody and harms no other")
  func strangers() async throws {
    try await Fixture.with { fixture in
      let tickets = TicketStore(fixture.pool)
      let ticket = try await fixture.ticket()
      let stranger = OrganizationID(
        stored: try await Operations(fixture.pool).createOrganization(name: "Other", plan: "pro"))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for round in 0..<30 {
          group.addTask {
            switch round % 3 {
            case 0: _ = try await tickets.find(ticket, in: fixture.organization)
            case 1:
              await #expect(throws: HelpdeskError.self) {
                try await tickets.find(ticket, in: stranger)
              }
            default:
              await #expect(throws: HelpdeskError.self) {
                try await tickets.find(.ofNothing, in: fixture.organization)
              }
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
