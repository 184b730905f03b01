import Testing

extension TacoHelp {
  @Suite("What successful answers look like") struct ShapeTests {
    @Test(
      "Every operation answers with all its members, null where absent",
      arguments: Operation.allCases)
    func shape(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      _ = try await tenant.makeComment(subjects.ticket)
      _ = try await tenant.makeMessage(subjects.conversation)
      let answer = try await operation.perform(tenant.client, subjects)
      #expect(answer.status == operation.status)
      #expect(operation.shape.faults(answer.json) == [])
      #expect(answer.header("Content-Type")?.hasPrefix("application/json") == true)
      #expect(answer.header("Content-Length") == "\(answer.body.utf8.count)")
      #expect(answer.header("X-Request-Id") != nil)
    }

    @Test("Every answer has a Date, as RFC 9110 demands of a server with a clock")
    func date() async throws {
      let tenant = try await Tenant.make()
      let form = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/
      for path in ["/tickets", "/nothing"] {
        let answer = try await tenant.client.get(path)
        #expect(answer.header("Date")?.wholeMatch(of: form) != nil)
      }
    }

    @Test("A new ticket has the documented defaults")
    func newTicket() async throws {
      let ticket = try await Tenant.make().makeTicket()
      let expected = Shape.object([
        "ticketNumber": .exactly(1), "subject": .exactly("The oven is cold"),
        "description": .exactly("It was warm yesterday."), "status": .exactly("OPEN"),
        "priority": .exactly("MEDIUM"), "source": .exactly("API"), "tags": .exactly([]),
        "resolvedAt": .null, "closedAt": .null, "mergedIntoId": .null, "assignee": .null,
        "createdBy": .object([
          "name": .exactly("client"), "email": .exactly("client@example.com"),
          "role": .exactly("client"),
        ]),
      ])
      #expect(expected.faults(ticket) == [])
      #expect(ticket["createdAt"] == ticket["updatedAt"])
    }

    @Test("A ticket is told the same way by each call, without description in the list")
    func sameTicket() async throws {
      let tenant = try await Tenant.make()
      let made = try await tenant.makeTicket(["tags": ["a", "b"], "priority": "URGENT"])
      let found = try await tenant.client.get("/tickets/\(made.id)").json
      #expect(found["comments"] == [])
      #expect(found.without("comments", "commentsNextCursor") == made)
      let listed = try await tenant.client.get("/tickets").json["tickets"]?[0]
      #expect(listed == made.without("description"))
    }

    @Test("A ticket with an assignee shows who it is, in every answer")
    func assignee() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      let patched = try await tenant.client.patch(
        "/tickets/\(id)", ["assigneeId": .string(tenant.agent)])
      let agent: JSON = [
        "id": .string(tenant.agent), "name": "Ada Agent", "email": "agent@taco.example",
        "role": "agent",
      ]
      #expect(patched.json["assignee"] == agent)
      #expect(try await tenant.client.get("/tickets/\(id)").json["assignee"] == agent)
      #expect(try await tenant.client.get("/tickets").json["tickets"]?[0]?["assignee"] == agent)
    }

    @Test("A new conversation is active, and its e-mail is null when none was given")
    func newConversation() async throws {
      let tenant = try await Tenant.make()
      let expected = Shape.object([
        "status": .exactly("active"), "visitorName": .exactly("Sam"), "visitorEmail": .null,
      ])
      let made = try await tenant.makeConversation()
      #expect(expected.faults(made) == [])
      let found = try await tenant.client.get("/chat/conversations/\(made.id)").json
      #expect(found["messages"] == [])
      #expect(found.without("messages", "messagesNextCursor") == made)
      #expect(try await tenant.client.get("/chat/conversations").json["conversations"]?[0] == made)
    }

    @Test("Ids sort by the time of creation, to the millisecond")
    func ids() async throws {
      let tenant = try await Tenant.make()
      var ids: [String] = []
      for _ in 0..<5 { ids.append(try await tenant.makeTicket().id) }
      let stamps = ids.map { $0.dropFirst().prefix(8) }
      #expect(stamps == stamps.sorted())
      let milliseconds = try #require(Int(stamps[0], radix: 36))
      let now = try await tenant.stage.sql.int("select extract(epoch from now())::bigint * 1000")
      #expect(abs(now - milliseconds) < 60_000)
    }
  }
}
