import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct TicketPrefetchTests {
  private func comments(_ found: FoundTicket) throws -> [String] {
    try found.comments.items.map {
      var item = try ItemPage.Item($0)
      return try item.content.text()
    }
  }

  @Test("each of several simultaneous requests gets its own ticket with its comments")
  func together() async throws {
    try await Fixture.with { fixture in
      let store = AdmissionStore(fixture.pool)
      let hash = try await fixture.key(limit: 1000).hash
      let author = try fixture.email("client@example.com")
      var expected: [(TicketID, [String])] = []
      for count in [0, 1, 20, 3, 2] {
        let ticket = try await fixture.ticket("With \(count)")
        let texts = (0..<count).map { "\(count): \($0)" }
        for text in texts {
          _ = try await CommentStore(fixture.pool).create(
            text, by: author, on: ticket, in: fixture.organization)
        }
        expected.append((ticket, texts))
      }
      // Another organization has tickets with the same ids.
      let twin = try await fixture.organization(named: "Twin")
      let key = try await OperatorFunctions(fixture.pool).createKey(
        org: twin, name: "k", scopes: ["*"], rateLimit: 1000, expiresInSeconds: nil)
      let twinHash = try #require(try APIKey.hash(ofKey: key))
      try await fixture.psql(
        """
        insert into helpdesk.users (org_id, id, name, email, role)
        select '\(twin)', id, 'Twin', email, role from helpdesk.users;
        insert into helpdesk.tickets
          (org_id, id, number, subject, description, created_by, created_at, updated_at)
        select '\(twin)', id, number, 'Twin', description, created_by, created_at, updated_at
          from helpdesk.tickets;
        insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
        select '\(twin)', id, ticket_id, author_id, 'Twin', created_at from helpdesk.comments
        """)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for round in 0..<60 {
          let (ticket, texts) = expected[round % expected.count]
          let isTwin = round % 2 == 1
          group.addTask {
            let found = try #require(
              try await store.admit(isTwin ? twinHash : hash, reading: ticket).1)
            var columns = RowReader(found.ticket)
            columns.skip(1 + 2 * User.columnCount)
            let (id, _, subject) = (
              try columns.text(), try columns.int4(), try columns.text()
            )
            #expect(id == ticket.rawValue)
            #expect(subject == (isTwin ? "Twin" : "With \(texts.count)"))
            #expect(try comments(found) == (isTwin ? texts.map { _ in "Twin" } : texts))
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("what is long is left out, and found alone")
  func long() async throws {
    try await Fixture.with { fixture in
      let (org, tickets) = (fixture.organization, TicketStore(fixture.pool))
      let store = AdmissionStore(fixture.pool)
      let hash = try await fixture.key(limit: 1000).hash
      let author = try fixture.email("client@example.com")
      let short = try await fixture.ticket()
      let many = try await fixture.ticket()
      let wide = try await fixture.ticket()
      for (ticket, texts) in [
        (short, [String(repeating: "é", count: 2048)]), (many, (0...20).map { "\($0)" }),
        (wide, ["a", String(repeating: "é", count: 2049), "b"]),
      ] {
        for text in texts {
          _ = try await CommentStore(fixture.pool).create(text, by: author, on: ticket, in: org)
        }
      }
      let long = try await tickets.create(
        Ticket.Draft(
          subject: "S", description: String(repeating: "d", count: 4097), createdByEmail: author),
        in: org
      )
      let described = TicketID(stored: long.id)
      for (ticket, isAhead, count) in [
        (many, false, 21), (short, true, 1), (wide, false, 3), (described, false, 0),
      ] {
        let (admission, found) = try await store.admit(hash, reading: ticket)
        guard case .admitted = admission else {
          Issue.record("not admitted")
          continue
        }
        #expect((found != nil) == isAhead)
        #expect(try await tickets.find(ticket, in: org).comments.items.count == count)
      }
    }
  }

  @Test("another organization's ticket, one that does not exist, and a revoked key's give nothing")
  func nothing() async throws {
    try await Fixture.with { fixture in
      let (store, tickets) = (AdmissionStore(fixture.pool), TicketStore(fixture.pool))
      let ticket = try await fixture.ticket()
      let key = try await fixture.key(limit: 1000)
      let other = try await fixture.organization(named: "Other")
      let foreign = try await OperatorFunctions(fixture.pool).createKey(
        org: other, name: "k", scopes: ["*"], rateLimit: 100, expiresInSeconds: nil)
      let foreignHash = try #require(try APIKey.hash(ofKey: foreign))
      #expect(try await store.admit(key.hash, reading: ticket).1 != nil)
      #expect(try await store.admit(key.hash, reading: .ofNothing).1 == nil)
      let (admission, found) = try await store.admit(foreignHash, reading: ticket)
      guard case .admitted = admission else {
        Issue.record("not admitted")
        return
      }
      #expect(found == nil)
      await #expect(throws: HelpdeskError.self) {
        try await tickets.find(ticket, in: OrganizationID(stored: other))
      }
      try await fixture.psql("select ops.revoke_api_key('\(key.id)')")
      let (after, gone) = try await store.admit(key.hash, reading: ticket)
      #expect(after == .unknownKey)
      #expect(gone == nil)
    }
  }

  @Test("a ticket that cannot be read fails no admission, and is counted once")
  func unreadable() async throws {
    try await Fixture.with { fixture in
      let store = AdmissionStore(fixture.pool)
      let ticket = try await fixture.ticket()
      let key = try await fixture.key(limit: 100)
      try await fixture.psql("alter table helpdesk.comments rename to elsewhere")
      for left in [99, 98] {
        let (admission, found) = try await store.admit(key.hash, reading: ticket)
        guard case .admitted(_, let limit) = admission else {
          Issue.record("not admitted")
          return
        }
        #expect(limit.remaining == left)
        #expect(found == nil)
      }
    }
  }

  @Test("while a ticket cannot be read, its key is admitted to other things")
  func stuck() async throws {
    try await Fixture.with { fixture in
      let (store, database) = (AdmissionStore(fixture.pool), fixture.database)
      let ticket = try await fixture.ticket()
      let key = try await fixture.key(limit: 100)
      _ = try await store.admit(key.hash)
      func waiting() async throws -> String {
        try await database.psql(
          """
          select count(*) from pg_locks
           where relation = 'helpdesk.tickets'::regclass and not granted
          """)
      }
      let lock = PsqlSession(database.url)
      try await lock.run("begin; lock table helpdesk.tickets in access exclusive mode")
      async let read = store.admit(key.hash, reading: ticket)
      try await eventually("the read waits") { try await waiting() == "1" }
      guard case .admitted(_, let limit) = try await store.admit(key.hash) else {
        Issue.record("not admitted")
        return
      }
      #expect(limit.remaining == 98)
      #expect(try await waiting() == "1")
      try await lock.run("rollback")
      _ = try await read
    }
  }
}
