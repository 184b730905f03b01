import Testing

extension TacoHelp {
  @Suite("Organizations apart") struct IsolationTests {
    /// Each operation that takes an id, in the path or in the body.
    static let withIDs = Operation.allCases.filter {
      ![.listTickets, .createTicket, .listConversations, .startConversation].contains($0)
    }

    @Test(
      "An id that is unknown, malformed or another organization's is not found, all the same",
      arguments: withIDs)
    func paths(operation: Operation) async throws {
      let (one, other) = (try await Tenant.make(), try await Tenant.make())
      let (own, foreign) = (try await Subjects.make(one), try await Subjects.make(other))
      let before = (try await one.fingerprint(), try await other.fingerprint())
      let malformed = [
        "x", "1", "null", "C0000000000000000000000AA", "c0000000000000000000000a",
        "c0000000000000000000000aaa", "d0000000000000000000000aa", "c000000000000000000000-aa",
        "%00", "%2e%2e", "c0000000000000000000000a%00", "%F0%9F%98%80", "*",
        String(repeating: "c", count: 2000), "' or '1'='1".replacing(" ", with: "%20"),
      ]
      // A ticket's id is no conversation's either.
      let wrongKind = [own.conversation, own.ticket].map {
        Subjects(ticket: $0, otherTicket: own.otherTicket, conversation: $0)
      }[operation.path(own).hasPrefix("/chat") ? 1 : 0]
      let all =
        [foreign, Subjects.nobody, wrongKind]
        + malformed.map { Subjects(ticket: $0, otherTicket: own.otherTicket, conversation: $0) }
      var errors: Set<String> = []
      for subjects in all {
        var target = subjects
        target.otherTicket = own.otherTicket
        let answer = try await operation.perform(one.client, target)
        #expect(answer.outcome == "404 not_found")
        errors.insert(answer.json["error"]?.without("requestId").encoded ?? "")
      }
      #expect(errors.count == 1)
      #expect(try await (one.fingerprint(), other.fingerprint()) == before)
    }

    @Test(
      "An id in a body is not found either",
      arguments: [
        (Operation.updateTicket, "assigneeId"), (.merge, "intoTicketId"),
        (.sendMessage, "senderId"),
      ])
    func bodies(operation: Operation, member: String) async throws {
      let (one, other) = (try await Tenant.make(), try await Tenant.make())
      let (own, foreign) = (try await Subjects.make(one), try await Subjects.make(other))
      let before = (try await one.fingerprint(), try await other.fingerprint())
      let strange = operation == .merge ? foreign.otherTicket : other.agent
      let wrongKind = operation == .merge ? one.agent : own.ticket
      var errors: Set<String> = []
      for id in [
        strange, wrongKind, Subjects.nobody.ticket, "x", "", "C0000000000000000000000AA", "é",
        String(repeating: "c", count: 2000),
      ] {
        var body = operation.body(own).with(member, .string(id))
        if operation == .sendMessage { body = body.with("senderType", "agent") }
        let answer = try await operation.perform(one.client, own, body)
        #expect(answer.outcome == "404 not_found")
        errors.insert(answer.json["error"]?.without("requestId").encoded ?? "")
      }
      #expect(errors.count == 1)
      #expect(try await (one.fingerprint(), other.fingerprint()) == before)
    }

    @Test("Lists show one's own, and count it")
    func lists() async throws {
      let (one, other) = (try await Tenant.make(), try await Tenant.make())
      let (own, foreign) = (try await Subjects.make(one), try await Subjects.make(other))
      _ = try await other.makeTicket()
      for (tenant, tickets, chat) in [
        (one, [own.otherTicket, own.ticket], own.conversation),
        (other, ["", foreign.otherTicket, foreign.ticket], foreign.conversation),
      ] {
        let list = try await tenant.client.get("/tickets").json
        #expect(list["total"] == .int(tickets.count))
        let ids = list["tickets"]?.items?.map(\.id) ?? []
        #expect(ids.suffix(2) == tickets.suffix(2))
        let chats = try await tenant.client.get("/chat/conversations").json
        #expect(chats["conversations"]?.items?.map(\.id) == [chat])
        #expect(chats["total"] == 1)
      }
    }

    @Test("Users, ticket numbers and webhooks are an organization's own")
    func users() async throws {
      let (one, other) = (try await Tenant.make(), try await Tenant.make())
      let mine = try await one.makeEndpoint("ticket.created")
      _ = try await other.makeEndpoint("ticket.created")
      let first = try await one.makeTicket(["createdByEmail": "shared@example.com"])
      #expect(try await one.events().map(\.deliveries) == [[mine: "pending"]])
      #expect(try await other.events().isEmpty)
      let second = try await other.makeTicket(["createdByEmail": "shared@example.com"])
      #expect(first["createdBy"]?.id != second["createdBy"]?.id)
      #expect([first["ticketNumber"], second["ticketNumber"]] == [1, 1])
    }
  }
}
