import TestSupport
import Testing

extension TacoHelp {
  @Suite("Idempotency keys") struct IdempotencyTests {
    /// Two tickets with comments, and a conversation.
    private func subjects(_ tenant: Tenant) async throws -> Subjects {
      let subjects = try await Subjects.make(tenant)
      for text in ["\"é\\\u{1}\n😀 ", "{}", "null"] {
        for ticket in [subjects.ticket, subjects.otherTicket] {
          _ = try await tenant.makeComment(ticket, text)
        }
      }
      return subjects
    }

    @Test(
      "A request sent again gets its first answer, on any server, and nothing is done",
      arguments: Keyed.operations)
    func replay(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await subjects(tenant)
      let request = Keyed(operation, subjects)
      let first = try await request.send(tenant.client)
      #expect(first.status == operation.status)
      #expect(first.header("Idempotency-Replayed") == nil)
      // The things that the answer shows are changed afterwards.
      let other = try tenant.server.client(try await tenant.makeKey())
      let made = operation == .createTicket ? first.json.id : subjects.otherTicket
      _ = try await other.patch("/tickets/\(made)", ["subject": "Changed", "tags": ["a"]])
      _ = try await other.post(
        "/tickets/\(made)/comments", ["content": "Later", "authorEmail": "new@example.com"])
      try await tenant.sql.run(
        "update helpdesk.users set name = 'Renamed' where org_id = '\(tenant.id)'")
      let before = try await tenant.fingerprint()
      for client in [try tenant.client, try tenant.otherClient, try tenant.otherClient] {
        let again = try await request.send(client)
        #expect(again.essence == first.essence)
        #expect(again.isReplay)
      }
      #expect(try await tenant.fingerprint() == before)
      // Only requests with a key keep anything.
      let kept = try await tenant.sql.int(
        "select count(*) from helpdesk.idempotency_keys where org_id = '\(tenant.id)'")
      #expect(kept == 1)
    }

    @Test(
      "Twenty at once, on two servers, are done once, and all get the same answer",
      arguments: Keyed.operations)
    func concurrent(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await subjects(tenant)
      let request = Keyed(operation, subjects)
      let clients = [try tenant.client, try tenant.otherClient]
      let before = try await tenant.effects()
      let answers = try await atOnce(20) { try await request.send(clients[$0 % 2]) }
      #expect(answers.allSatisfy { $0.status == operation.status })
      #expect(Set(answers.map(\.essence)).count == 1)
      #expect(answers.count(where: \.isReplay) == 19)
      let added = zip(before, try await tenant.effects()).map { $1 - $0 }
      let expected =
        switch operation {
        case .createTicket: [1, 0, 0, 0, 1, 0]
        case .comment: [0, 1, 0, 0, 1, 0]
        case .merge: [0, 0, 0, 0, 1, 1]
        case .startConversation: [0, 0, 1, 0, 0, 0]
        default: [0, 0, 0, 1, 0, 0]
        }
      #expect(added == expected)
    }

    @Test(
      "Another body, path or operation under the same key is refused", arguments: Keyed.operations)
    func conflict(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await subjects(tenant)
      let request = Keyed(operation, subjects)
      #expect(try await request.send(tenant.client).status == operation.status)
      var others = Keyed.operations.filter { $0 != operation }.map { Keyed($0, subjects) }
      // Unknown members are ignored, but the bytes differ.
      var otherBody = request
      otherBody.body = otherBody.body.with("unknown", 1)
      others.append(otherBody)
      let swapped = Subjects(
        ticket: subjects.otherTicket, otherTicket: subjects.ticket,
        conversation: try await tenant.makeConversation().id)
      if operation.path(swapped) != operation.path(subjects) {
        others.append(Keyed(operation, swapped))
      }
      let before = try await tenant.fingerprint()
      for other in others {
        let answer = try await other.send(tenant.otherClient)
        #expect(answer.outcome == "422 idempotency_conflict")
        #expect(answer.header("Idempotency-Replayed") == nil)
      }
      #expect(try await tenant.fingerprint() == before)
      #expect(try await request.send(tenant.client).isReplay)
    }

    @Test("A refused request leaves the key free", arguments: Keyed.operations)
    func refused(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await subjects(tenant)
      let request = Keyed(operation, subjects)
      var mistaken = request
      mistaken.body = ["unknown": 1]
      #expect(try await mistaken.send(tenant.client).outcome == "400 invalid_parameter")
      if operation.path(subjects) != operation.path(.nobody) {
        var nowhere = Keyed(operation, .nobody)
        nowhere.body = request.body
        #expect(try await nowhere.send(tenant.client).outcome == "404 not_found")
      }
      let scopes = Operation.scopes.filter { $0 != operation.scope }
      let weak = try tenant.server.client(try await tenant.makeKey(scopes: scopes))
      #expect(try await request.send(weak).outcome == "403 insufficient_scope")
      let first = try await request.send(tenant.client)
      #expect(first.status == operation.status)
      #expect(!first.isReplay)
      #expect(try await request.send(tenant.client).isReplay)
      // A replay needs what the request needed, and counts as it does.
      #expect(try await request.send(weak).outcome == "403 insufficient_scope")
      let poor = try tenant.server.client(try await tenant.makeKey(rateLimit: 1))
      #expect(try await request.send(poor).isReplay)
      #expect(try await request.send(poor).outcome == "429 rate_limited")
    }

    @Test("A request that was refused for a role is done once the role has changed")
    func mended() async throws {
      let tenant = try await Tenant.make()
      let subjects = try await subjects(tenant)
      var request = Keyed(.sendMessage, subjects)
      request.body = [
        "content": "Hello", "senderType": "agent", "senderId": .string(tenant.agent),
      ]
      let role = "where org_id = '\(tenant.id)' and id = '\(tenant.agent)'"
      try await tenant.sql.run("update helpdesk.users set role = 'client' \(role)")
      #expect(try await request.send(tenant.client).outcome == "400 invalid_parameter")
      try await tenant.sql.run("update helpdesk.users set role = 'agent' \(role)")
      let first = try await request.send(tenant.client)
      #expect(first.outcome == "201")
      #expect(!first.isReplay)
      // What was done keeps its answer, although it could not be done now.
      _ = try await Operation.endConversation.perform(tenant.client, subjects)
      let again = try await request.send(tenant.client)
      #expect(again.essence == first.essence)
    }

    @Test("A key belongs to an organization, whichever API key it was used with")
    func organizations() async throws {
      let (one, other) = (try await Tenant.make(), try await Tenant.make())
      let request = Keyed(.createTicket, .nobody)
      let first = try await request.send(one.client)
      let foreign = try await request.send(other.client)
      #expect(foreign.status == 201)
      #expect(!foreign.isReplay)
      #expect(foreign.json.id != first.json.id)
      let colleague = try one.stage.server.client(try await one.makeKey())
      #expect(try await request.send(colleague).essence == first.essence)
    }

    @Test(
      "The comments of a merge larger than 1 MiB are not kept; the rest is", arguments: [22, 100])
    func large(comments: Int) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await subjects(tenant)
      try await tenant.sql.run(
        """
        insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
        select org_id, helpdesk.new_id(created_at), ticket_id, author_id, repeat('x', 50000),
               created_at from helpdesk.comments, generate_series(1, \(comments))
         where org_id = '\(tenant.id)' and ticket_id = '\(subjects.ticket)' and content = '{}'
        """)
      let request = Keyed(.merge, subjects)
      let first = try await request.send(tenant.client)
      // A hundred are more than an answer carries.
      let isWhole = comments == 22
      let size = isWhole ? (1 << 20)..<1_200_000 : 4_000_000..<4_300_000
      #expect(size.contains(first.body.utf8.count))
      let shown = try await tenant.client.get("/tickets/\(subjects.otherTicket)")
      #expect(first.body == shown.body)
      let again = try await request.send(tenant.client)
      #expect(again.isReplay)
      #expect(again.essence == first.essence)
      let kept = try await tenant.sql.int(
        """
        select pg_column_size(k.*) from helpdesk.idempotency_keys k where org_id = '\(tenant.id)'
        """)
      #expect(kept < 10_000)
      _ = try await tenant.makeComment(subjects.otherTicket, "Later")
      let later = try await request.send(tenant.client)
      #expect(later.json.without("comments") == first.json.without("comments"))
      let (contents, old) = (
        Items.comments.contents(later.json), Items.comments.contents(first.json)
      )
      #expect(contents == old + (isWhole ? ["Later"] : []))
    }
  }
}
