import Foundation
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Erasing") struct ErasureTests {
    private static let events = [
      "ticket.created", "ticket.updated", "ticket.commented", "ticket.closed", "ticket.merged",
    ]

    /// Everything in the database, as in a backup.
    private func dump(_ sending: Sending) async throws -> String {
      try await TestProcess.run(
        "\(TestCluster.binaries)/pg_dump", ["--data-only", "--dbname", sending.databaseURL])
    }

    private func made(_ answer: Answer) throws -> JSON {
      guard answer.status == 201 else { throw TestError("not made: \(answer)") }
      return answer.json
    }

    private func waitForDeliveries(_ sending: Sending) async throws {
      try await eventually("all is delivered", within: .seconds(20)) {
        try await sending.sql.run(
          "select count(*) from helpdesk.deliveries where state <> 'succeeded'") == "0"
      }
    }

    @Test("An erased person leaves nothing in a dump but the texts they wrote")
    func person() async throws {
      try await Sending.with { sending, receiver in
        _ = try await sending.endpoint(receiver, Self.events)
        try await erase(sending)
      }
    }

    private func erase(_ sending: Sending) async throws {
      let client = try sending.tenant.client
      let person = try await sending.sql.run(
        """
        select ops.create_user('\(sending.tenant.id)', 'Zaphod.B@galaxy.example', 'Zaphod \\ "B" Größe')
        """)
      let ticket = try await client.send(
        "POST", "/tickets",
        json: [
          "subject": "Lost", "description": "my head",
          "createdByEmail": "zaphod.b@GALAXY.example",
        ],
        headers: [("Idempotency-Key", "ticket")])
      let id = try made(ticket).id
      let comment: JSON = ["content": "It is back", "authorEmail": "zaphod.b@galaxy.example"]
      func send(_ path: String, _ body: JSON, _ key: String) async throws -> Answer {
        try await client.send("POST", path, json: body, headers: [("Idempotency-Key", key)])
      }
      _ = try made(try await send("/tickets/\(id)/comments", comment, "comment"))
      let other = try await sending.tenant.makeTicket().id
      let merge: JSON = ["intoTicketId": .string(other)]
      #expect(try await send("/tickets/\(id)/merge", merge, "merge").status == 200)
      let chat: JSON = [
        "visitorName": "Zaphod \"the\" visitor", "visitorEmail": "ZAPHOD.B@galaxy.example",
      ]
      let conversation = try made(try await send("/chat/conversations", chat, "chat"))
      try await waitForDeliveries(sending)
      try await sending.sql.run(
        """
        update helpdesk.attempts set response = 'Hello ZAPHOD.b@galaxy.example';
        update helpdesk.attempts a set response = 'Hello zaphod.b@galaxy.exam'
          from helpdesk.deliveries d join helpdesk.events e on e.id = d.event_id
         where d.id = a.delivery_id and e.body like '%\(person)%'
        """)
      #expect(try await dump(sending).lowercased().contains("zaphod"))

      let outcome = try await sending.run("user", "erase", person)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.line == person)
      let left = try await dump(sending)
      for line in left.split(separator: "\n")
      where line.lowercased().contains("zaphod") || line.contains("Größe") {
        Issue.record("\(line)")
      }
      #expect(left.contains("It is back") && left.contains("my head"))
      #expect(left.contains("user.erased"))

      let found = try await client.get("/tickets/\(other)").json
      let author = found["comments"]?[0]?["author"]
      #expect(author?["name"]?.string == "Erased user")
      #expect(author?["id"]?.string == person)
      let chats = try await client.get("/chat/conversations/\(conversation.id)").json
      #expect(chats["visitorName"]?.string == "Erased user")
      let again = try await send("/tickets/\(id)/comments", comment, "comment")
      #expect(again.header("Idempotency-Replayed") == "true")
      #expect(again.json["author"]?["name"]?.string == "Erased user")
      // Events are still JSON, and another address is another person.
      let faulty = try await sending.sql.run(
        "select count(*) from helpdesk.events where body::json ->> 'id' <> id")
      #expect(faulty == "0")
      #expect(try await sending.run("user", "erase", person).status == 0)
      #expect(try await sending.run("user", "erase", "nobody").status == 66)
    }

    @Test(
      "A deleted ticket is gone with its comments, events and answers; those merged into it stay")
    func ticket() async throws {
      try await Sending.with { sending, receiver in
        _ = try await sending.endpoint(receiver, Self.events)
        let client = try sending.tenant.client
        let secret: JSON = ["subject": "Xyzzy", "description": "Xyzzy"]
        let id = try await sending.tenant.makeTicket(secret).id
        let merged = try await sending.tenant.makeTicket().id
        let other = try await sending.tenant.makeTicket().id
        _ = try await sending.tenant.makeComment(id, "Xyzzy")
        #expect(
          try await client.post("/tickets/\(merged)/merge", ["intoTicketId": .string(id)]).status
            == 200)
        #expect(try await client.patch("/tickets/\(id)", ["status": "WAITING"]).status == 200)
        try await waitForDeliveries(sending)
        let outcome = try await sending.run("ticket", "delete", id, "unknown")
        #expect(outcome.status == 66)
        #expect(outcome.line == id)
        #expect(outcome.standardError.contains("'unknown'"))
        #expect(try await !dump(sending).contains("Xyzzy"))
        #expect(try await client.get("/tickets/\(id)").status == 404)
        let list = try await client.get("/tickets").json
        #expect(list["total"]?.int == 2)
        #expect(try await client.get("/tickets?status=WAITING").json["total"]?.int == 0)
        let left = try await client.get("/tickets/\(merged)").json
        #expect(left["mergedIntoId"] == .null)
        #expect(left["status"]?.string == "CLOSED")
        #expect(try await client.get("/tickets/\(other)").status == 200)
        #expect(try await sending.tenant.makeTicket()["ticketNumber"]?.int == 4)
      }
    }

    @Test("A deleted organization is gone with all it had, and only by its name")
    func organization() async throws {
      try await Sending.with { sending, receiver in
        _ = try await sending.endpoint(receiver, Self.events)
        let tenant = sending.tenant
        let other = try await Tenant.make(on: tenant.stage)
        let (first, second) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
        _ = try await tenant.makeComment(first)
        _ = try await tenant.client.post(
          "/tickets/\(first)/merge", ["intoTicketId": .string(second)])
        let conversation = try await tenant.makeConversation().id
        _ = try await tenant.makeMessage(conversation)
        let kept = try await other.makeTicket().id
        let wrong = try await sending.run("org", "delete", tenant.id, "--confirm", "test")
        #expect(wrong.status == 64)
        #expect(wrong.complaints.count == 1)
        #expect(try await tenant.client.get("/tickets/\(second)").status == 200)
        let outcome = try await sending.run("org", "delete", tenant.id, "--confirm", "Test")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.line == tenant.id)
        #expect(try await tenant.client.get("/tickets").status == 401)
        let lines = try await dump(sending).split(separator: "\n").filter {
          $0.contains(tenant.id)
        }
        #expect(lines.count == 1 && lines[0].contains("organization.deleted"), "\(lines)")
        #expect(try await other.client.get("/tickets/\(kept)").status == 200)
        #expect(try await sending.run("org", "delete", tenant.id, "--confirm", "Test").status == 66)
      }
    }
  }
}
