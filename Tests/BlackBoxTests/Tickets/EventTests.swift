import TestSupport
import Testing

extension TacoHelp {
  @Suite("Events") struct EventTests {
    /// The events that a step adds.
    private func added(
      _ tenant: Tenant, _ ticket: String, by step: () async throws -> Answer
    ) async throws -> [EventRecord] {
      let before = try await Set(tenant.events().map(\.id))
      let answer = try await step()
      #expect([200, 201].contains(answer.status))
      let new = try await tenant.events().filter { !before.contains($0.id) }
      for event in new {
        #expect(event.body.keys == ["id", "type", "timestamp", "data"])
        #expect(event.body["id"]?.string == event.id)
        #expect(event.body["type"]?.string == event.type)
        // As the API shows the ticket at that moment.
        let shown = try await tenant.client.get("/tickets/\(ticket)").json.without(
          "comments", "commentsNextCursor")
        #expect(event.ticket == shown)
        #expect(event.body["timestamp"] == shown["updatedAt"])
      }
      return new
    }

    @Test("A new ticket has one event with only the ticket")
    func created() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket(["tags": ["a", "\"b\""], "priority": "HIGH"])
      let events = try await tenant.events()
      #expect(events.map(\.type) == ["ticket.created"])
      #expect(events.first?.data.keys == ["ticket"])
      #expect(events.first?.ticket == ticket)
      #expect(events.first?.body["timestamp"] == ticket["createdAt"])
    }

    /// A change from one status to another, and the events in addition to `ticket.updated`.
    static let moves: [(from: String, to: String, types: [String])] = [
      ("OPEN", "IN_PROGRESS", []), ("OPEN", "WAITING", []), ("OPEN", "RESOLVED", ["resolved"]),
      ("OPEN", "CLOSED", ["closed"]), ("IN_PROGRESS", "RESOLVED", ["resolved"]),
      ("WAITING", "OPEN", []), ("RESOLVED", "CLOSED", ["closed"]),
      ("CLOSED", "RESOLVED", ["resolved"]), ("RESOLVED", "OPEN", ["reopened"]),
      ("RESOLVED", "WAITING", ["reopened"]), ("CLOSED", "IN_PROGRESS", ["reopened"]),
      ("CLOSED", "OPEN", ["reopened"]),
    ]

    @Test(
      "A change of status emits ticket.updated and what the status means, and sets its moments",
      arguments: moves)
    func status(from: String, to: String, types: [String]) async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      if from != "OPEN" {
        _ = try await tenant.client.patch("/tickets/\(id)", ["status": .string(from)])
      }
      let events = try await added(tenant, id) {
        try await tenant.client.patch("/tickets/\(id)", ["status": .string(to)])
      }
      #expect(events.map(\.type) == (types + ["updated"]).map { "ticket.\($0)" })
      for event in events {
        #expect(event.data["changes"] == ["status": ["from": .string(from), "to": .string(to)]])
        #expect(event.data.keys == ["ticket", "changes"])
      }
      #expect(Set(events.map(\.id)).count == events.count)
      let ticket = events[0].ticket
      let isResolved = to == "RESOLVED" || (from, to) == ("RESOLVED", "CLOSED")
      #expect((ticket["resolvedAt"] != .null) == isResolved)
      #expect((ticket["closedAt"] != .null) == (to == "CLOSED"))
    }

    @Test("changes names only the members that differ, as PATCH does")
    func changes() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket(["tags": ["a"]]).id
      let events = try await added(tenant, id) {
        try await tenant.client.patch(
          "/tickets/\(id)",
          [
            "status": "RESOLVED", "priority": "MEDIUM", "assigneeId": .string(tenant.agent),
            "tags": ["a", "b"], "subject": "The oven is cold", "description": "New",
          ])
      }
      #expect(events.map(\.type) == ["ticket.resolved", "ticket.updated"])
      for event in events {
        #expect(
          event.data["changes"] == [
            "status": ["from": "OPEN", "to": "RESOLVED"],
            "assigneeId": ["from": nil, "to": .string(tenant.agent)],
            "tags": ["from": ["a"], "to": ["a", "b"]],
            "description": ["from": "It was warm yesterday.", "to": "New"],
          ])
      }
      let unassigned = try await added(tenant, id) {
        try await tenant.client.patch("/tickets/\(id)", ["assigneeId": nil])
      }
      #expect(
        unassigned.map { $0.data["changes"] } == [
          ["assigneeId": ["from": .string(tenant.agent), "to": nil]]
        ])
      #expect(unassigned.map(\.type) == ["ticket.updated"])
    }

    @Test("A comment's event has the comment as it was answered")
    func commented() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      _ = try await tenant.client.patch("/tickets/\(id)", ["assigneeId": .string(tenant.agent)])
      let events = try await added(tenant, id) {
        try await tenant.client.post(
          "/tickets/\(id)/comments", ["content": "x\n\"y\"", "authorEmail": "new@example.com"])
      }
      #expect(events.map(\.type) == ["ticket.commented"])
      #expect(events.first?.data.keys == ["ticket", "comment"])
      let comment = try await tenant.client.get("/tickets/\(id)").json["comments"]?[0]
      #expect(events.first?.data["comment"] == comment)
    }

    @Test("A merge emits ticket.merged alone, for the source, with the target beside it")
    func merged() async throws {
      let tenant = try await Tenant.make()
      let (source, target) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
      _ = try await tenant.makeComment(source)
      let events = try await added(tenant, source) {
        try await tenant.client.post("/tickets/\(source)/merge", ["intoTicketId": .string(target)])
      }
      #expect(events.map(\.type) == ["ticket.merged"])
      #expect(events.first?.data.keys == ["ticket", "mergedInto"])
      let shown = try await tenant.client.get("/tickets/\(target)").json.without(
        "comments", "commentsNextCursor")
      #expect(events.first?.data["mergedInto"] == shown)
      #expect(events.first?.ticket["mergedIntoId"]?.string == target)
    }

    @Test("Chat emits nothing")
    func chat() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeConversation().id
      _ = try await tenant.makeMessage(id)
      _ = try await tenant.client.patch("/chat/conversations/\(id)", ["status": "ended"])
      #expect(try await tenant.events().isEmpty)
    }

    @Test("Each endpoint gets what it subscribed to: pending, or held when it is disabled")
    func deliveries() async throws {
      let tenant = try await Tenant.make()
      let all = try await tenant.makeEndpoint(
        "ticket.created", "ticket.updated", "ticket.commented", "ticket.resolved", "ticket.closed",
        "ticket.reopened", "ticket.merged")
      let resolved = try await tenant.makeEndpoint("ticket.resolved")
      let disabled = try await tenant.makeEndpoint("ticket.updated", "ticket.merged")
      try await tenant.sql.run("select ops.disable_endpoint('\(disabled)', 'test')")
      let (id, target) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
      _ = try await tenant.client.patch("/tickets/\(id)", ["status": "RESOLVED"])
      _ = try await tenant.makeComment(id)
      _ = try await tenant.client.patch("/tickets/\(id)", ["status": "OPEN"])
      _ = try await tenant.client.patch("/tickets/\(id)", ["status": "OPEN"])
      _ = try await tenant.client.post("/tickets/\(id)/merge", ["intoTicketId": .string(target)])
      let got = try await tenant.events(ofTicket: id).map { ($0.type, $0.deliveries) }
      let expected: [(String, [String: String])] = [
        ("ticket.created", [all: "pending"]),
        ("ticket.resolved", [all: "pending", resolved: "pending"]),
        ("ticket.updated", [all: "pending", disabled: "held"]),
        ("ticket.commented", [all: "pending"]), ("ticket.reopened", [all: "pending"]),
        ("ticket.updated", [all: "pending", disabled: "held"]),
        ("ticket.merged", [all: "pending", disabled: "held"]),
      ]
      #expect(got.map(\.0) == expected.map(\.0))
      #expect(got.map(\.1) == expected.map(\.1))
      try await tenant.sql.run("select ops.enable_endpoint('\(disabled)')")
      let last = try await tenant.client.patch("/tickets/\(target)", ["priority": "LOW"])
      #expect(last.status == 200)
      #expect(try await tenant.events().last?.deliveries == [all: "pending", disabled: "pending"])
    }

    @Test("The events of one statement have ids and times in order")
    func order() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      for word in ["RESOLVED", "OPEN", "CLOSED"] {
        _ = try await tenant.client.patch("/tickets/\(id)", ["status": .string(word)])
      }
      let times = try await tenant.events(ofTicket: id).compactMap { $0.body["timestamp"]?.string }
      #expect(times.count == 7)
      #expect(times == times.sorted())
    }
  }
}
