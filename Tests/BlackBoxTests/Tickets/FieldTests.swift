import TestSupport
import Testing

extension TacoHelp {
  @Suite("Fields of a ticket") struct FieldTests {
    @Test("A new ticket has the documented defaults, and each call tells it the same way")
    func newTicket() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket()
      let creator = ticket["createdBy"]
      #expect(ticket["createdAt"] == ticket["updatedAt"])
      #expect(
        ticket.without("id", "createdAt", "updatedAt", "createdBy") == [
          "ticketNumber": 1, "subject": "The oven is cold", "description": "It was warm yesterday.",
          "status": "OPEN", "priority": "MEDIUM", "source": "API", "tags": [], "resolvedAt": nil,
          "closedAt": nil, "mergedIntoId": nil, "assignee": nil,
        ])
      #expect(
        creator?.without("id")
          == ["name": "client", "email": "client@example.com", "role": "client"])
      let other = try await tenant.makeTicket(["tags": ["b", "a"], "priority": "URGENT"])
      #expect(other["tags"] == ["b", "a"] && other["priority"] == "URGENT")
      for ticket in [ticket, other] {
        let found = try await tenant.client.get("/tickets/\(ticket.id)").json
        #expect(found["comments"] == [])
        #expect(found.without("comments", "commentsNextCursor") == ticket)
      }
      // The list leaves the description out.
      let listed = try await tenant.client.get("/tickets").json["tickets"]?.items
      #expect(listed == [other, ticket].map { $0.without("description") })
    }

    /// Members that PATCH takes as they are shown, each with a value that no new ticket has.
    static let changes: [(name: String, value: JSON)] = [
      ("status", "WAITING"), ("priority", "LOW"), ("tags", ["a", "b"]), ("subject", "New"),
      ("description", "Newer"),
    ]

    @Test("Every member can be changed, alone and together, and events tell from what to what")
    func everyMember() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      var told: [JSON?] = []
      var before = try await tenant.client.get("/tickets/\(id)").json.without(
        "comments", "commentsNextCursor")
      for (name, value) in Self.changes {
        told.append([name: ["from": before[name] ?? nil, "to": value]])
        let answer = try await tenant.client.patch("/tickets/\(id)", .object([name: value]))
        #expect(answer.status == 200)
        let expected = before.with(name, value).without("updatedAt")
        #expect(answer.json.without("updatedAt") == expected)
        #expect(answer.json["updatedAt"]?.string ?? "" >= before["updatedAt"]?.string ?? "x")
        before = answer.json
      }
      let events = try await tenant.events().filter { $0.type == "ticket.updated" }
      #expect(events.map { $0.body["data"]?["changes"] } == told)
      let all = try await tenant.client.patch(
        "/tickets/\(id)",
        [
          "status": "OPEN", "priority": "HIGH", "tags": [], "subject": "S", "description": "D",
          "assigneeId": .string(tenant.admin),
        ])
      #expect(all.json["assignee"]?.id == tenant.admin)
      // The order of tags is a difference.
      for tags: JSON in [["a", "b"], ["b", "a"]] {
        #expect(
          try await tenant.client.patch("/tickets/\(id)", ["tags": tags]).json["tags"] == tags)
      }
      let found = try await tenant.client.get("/tickets/\(id)").json
      #expect(
        found.without("comments", "commentsNextCursor", "tags", "updatedAt")
          == all.json.without("tags", "updatedAt"))
    }
  }
}
