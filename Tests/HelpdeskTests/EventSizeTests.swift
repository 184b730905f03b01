import Postgres
import TestSupport
import Testing

@testable import Helpdesk

/// Receivers are told how large a body they have to take (docs/receivers/README.md).
@Suite struct EventSizeTests {
  /// As many code points as the API takes; JSON writes each in six bytes.
  private func text(_ length: Int, _ last: String) -> String {
    String(repeating: "\u{1}", count: length - 1) + last
  }

  @Test("the largest event there can be has 1 MiB at most, and more than 900,000 bytes")
  func largest() async throws {
    try await Fixture.with { fixture in
      let org = fixture.organization
      let (tickets, comments) = (TicketStore(fixture.pool), CommentStore(fixture.pool))
      // 254 characters each, which JSON does not escape.
      let address = String(repeating: "\u{1F32E}", count: 242) + "@example.com"
      let author = try fixture.email(address)
      let draft = Ticket.Draft(
        subject: text(200, "a"), description: text(50_000, "a"), createdByEmail: author,
        tags: (0..<20).map { text(50, "\(UnicodeScalar(97 + $0)!)") })
      func ticket() async throws -> TicketID {
        TicketID(stored: try await tickets.create(draft, in: org).id)
      }
      let (id, other) = (try await ticket(), try await ticket())
      let agent = try await fixture.account("agent@example.com", role: "agent")
      try await fixture.psql(
        "update helpdesk.users set name = repeat(U&'\\0001', 254) where id = '\(agent.user)'")
      var patch = Ticket.Patch()
      patch.subject = text(200, "b")
      patch.description = text(50_000, "b")
      patch.status = .resolved
      patch.priority = .urgent
      patch.assignee = .user(agent.user)
      patch.tags = draft.tags.reversed()
      _ = try await tickets.update(id, patch, in: org)
      patch = Ticket.Patch()
      patch.subject = text(200, "c")
      patch.description = text(50_000, "c")
      patch.status = .closed
      patch.assignee = Ticket.Patch.Assignee.none
      patch.tags = draft.tags
      _ = try await tickets.update(id, patch, in: org)
      patch.description = text(50_000, "d")
      patch.status = .open
      _ = try await tickets.update(id, patch, in: org)
      _ = try await comments.create(text(50_000, "a"), by: author, on: id, in: org)
      _ = try await tickets.merge(other, into: id, in: org)
      let sizes = try await fixture.psql(
        "select type, max(octet_length(body)) from helpdesk.events group by type order by type")
      let largest = sizes.split(separator: "\n").reduce(into: [Substring: Int]()) { largest, line in
        let columns = line.split(separator: "|")
        largest[columns[0]] = Int(columns[1])
      }
      #expect(largest.keys.sorted() == Event.types.map { $0[...] }.sorted())
      #expect(largest.values.allSatisfy { $0 <= 1 << 20 }, "\(sizes)")
      #expect(largest.values.contains { $0 > 900_000 }, "\(sizes)")
    }
  }
}
