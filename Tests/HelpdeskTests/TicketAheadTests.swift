import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct TicketAheadTests {
  @Test("of requests that come at once each gets its own ticket with its own comments")
  func together() async throws {
    try await Fixture.with { fixture in
      let store = AdmissionStore(fixture.pool)
      let hash = try await fixture.key(limit: 1000).hash
      let author = try fixture.email("client@example.com")
      var tickets: [TicketID] = []
      for number in 0..<12 {
        let ticket = try await fixture.ticket("Number \(number)")
        for comment in 0..<(number % 4) {
          _ = try await CommentStore(fixture.pool).create(
            "\(number).\(comment)", by: author, on: ticket, in: fixture.organization)
        }
        tickets.append(ticket)
      }
      try await withThrowingTaskGroup(of: (Int, FoundTicket?).self) { [tickets] group in
        for number in 0..<60 {
          group.addTask {
            (number % 12, try await store.admit(hash, reading: tickets[number % 12]).1)
          }
        }
        for try await (number, found) in group {
          let found = try #require(found)
          #expect(try found.ticket.text(Ticket.Column.id.rawValue) == tickets[number].rawValue)
          let comments = try found.comments.map { try $0.text(Comment.Column.content.rawValue) }
          #expect(comments == (0..<(number % 4)).map { "\(number).\($0)" })
        }
      }
    }
  }

  @Test("another organization's ticket, one that does not exist, and a revoked key's give nothing")
  func nothing() async throws {
    try await Fixture.with { fixture in
      let store = AdmissionStore(fixture.pool)
      let ticket = try await fixture.ticket()
      let key = try await fixture.key(limit: 1000)
      let other = try await Operations(fixture.pool).createOrganization(name: "Other", plan: "pro")
      let foreign = try await Operations(fixture.pool).createKey(
        org: other, name: "k", scopes: ["*"], rateLimit: 100, expiresInSeconds: nil)
      let foreignHash = try #require(try APIKey.hash(ofKey: foreign))
      #expect(try await store.admit(key.hash, reading: ticket).1 != nil)
      #expect(try await store.admit(key.hash, reading: .ofNothing).1 == nil)
      let (admission, found) = try await store.admit(foreignHash, reading: ticket)
      guard case .admitted = admission else {
        Issue.record("refused")
        return
      }
      #expect(found == nil)
      try await fixture.database.psql("select ops.revoke_api_key('\(key.id)')")
      let (after, gone) = try await store.admit(key.hash, reading: ticket)
      #expect(after == .unknownKey && gone == nil)
    }
  }

  @Test("a key that was refused reads nothing ahead until it is admitted again")
  func refused() async throws {
    try await Fixture.with { fixture in
      let store = AdmissionStore(fixture.pool)
      let ticket = try await fixture.ticket()
      let key = try await fixture.key(limit: 1)
      #expect(try await store.admit(key.hash, reading: ticket).1 != nil)
      guard case (.refused, _) = try await store.admit(key.hash, reading: ticket) else {
        Issue.record("admitted")
        return
      }
      #expect(try await store.admit(key.hash, reading: ticket).1 == nil)
      try await fixture.database.psql("delete from helpdesk.rate_limits")
      #expect(try await store.admit(key.hash, reading: ticket).1 == nil)
      try await fixture.database.psql("delete from helpdesk.rate_limits")
      #expect(try await store.admit(key.hash, reading: ticket).1 != nil)
    }
  }
}
