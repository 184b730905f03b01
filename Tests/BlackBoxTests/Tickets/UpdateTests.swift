import TestSupport
import Testing

extension TacoHelp {
  @Suite("Changing tickets") struct UpdateTests {
    @Test(
      "An equal value is no change: 200, no event, updatedAt stays",
      arguments: [
        ["status": "OPEN"], ["priority": "MEDIUM"], ["tags": ["a", "b"]], ["assigneeId": nil],
        ["subject": "The oven is cold"], ["subject": "  The oven is cold "],
        ["description": "It was warm yesterday."], ["tags": ["a", " b ", "a"]],
        ["status": "OPEN", "priority": "MEDIUM", "tags": ["a", "b"], "assigneeId": nil],
      ] as [JSON])
    func noChange(body: JSON) async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket(["tags": ["a", "b"]])
      let before = try await tenant.fingerprint()
      let answer = try await tenant.client.patch("/tickets/\(ticket.id)", body)
      #expect(answer.status == 200)
      #expect(answer.json == ticket)
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("An agent or an admin can be assigned, and null removes the assignee")
    func assignees() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      for (user, name, role) in [
        (tenant.agent, "Ada Agent", "agent"), (tenant.admin, "Bob Admin", "admin"),
      ] {
        let answer = try await tenant.client.patch("/tickets/\(id)", ["assigneeId": .string(user)])
        let assignee: JSON = [
          "id": .string(user), "name": .string(name), "email": "\(role)@taco.example",
          "role": .string(role),
        ]
        #expect(answer.json["assignee"] == assignee)
        #expect(try await tenant.client.get("/tickets/\(id)").json["assignee"] == assignee)
        let list = try await tenant.client.get("/tickets").json["tickets"]
        #expect(list?[0]?["assignee"] == assignee)
      }
      let priority = try await tenant.client.patch("/tickets/\(id)", ["priority": "LOW"])
      #expect(priority.json["assignee"]?.id == tenant.admin)
      let none = try await tenant.client.patch("/tickets/\(id)", ["assigneeId": nil])
      #expect(none.status == 200)
      #expect(none.json["assignee"] == .null)
    }

    @Test("A client cannot be assigned, and the rest of the request is not done either")
    func clientAsAssignee() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket()
      let before = try await tenant.fingerprint()
      let answer = try await tenant.client.patch(
        "/tickets/\(ticket.id)",
        ["assigneeId": ticket["createdBy"]?["id"] ?? .null, "priority": "LOW"])
      #expect(answer.outcome == "400 invalid_parameter")
      #expect(answer.fields == ["assigneeId"])
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("The moment of resolving is updatedAt, and closing does not move it")
    func resolvedAt() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      let resolved = try await tenant.client.patch("/tickets/\(id)", ["status": "RESOLVED"]).json
      #expect(resolved["resolvedAt"] == resolved["updatedAt"])
      let closed = try await tenant.client.patch("/tickets/\(id)", ["status": "CLOSED"]).json
      #expect(closed["closedAt"] == closed["updatedAt"])
      #expect(closed["resolvedAt"] == resolved["resolvedAt"])
      let renamed = try await tenant.client.patch("/tickets/\(id)", ["subject": "New"]).json
      #expect(renamed["closedAt"] == closed["closedAt"])
      #expect(renamed["resolvedAt"] == resolved["resolvedAt"])
      // Reopened and closed again, it was not resolved.
      for status in ["IN_PROGRESS", "CLOSED"] {
        let answer = try await tenant.client.patch("/tickets/\(id)", ["status": .string(status)])
        #expect(answer.json["resolvedAt"] == .null)
      }
    }

    @Test("Changes at once are all made, one after the other")
    func concurrent() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      let clients = [try tenant.client, try tenant.otherClient]
      try await atOnce(30) { index in
        let answer = try await clients[index % 2].patch(
          "/tickets/\(id)", ["subject": "number \(index)"])
        #expect(answer.json["subject"] == "number \(index)")
      }
      let events = try await tenant.events(ofTicket: id).filter { $0.type == "ticket.updated" }
      #expect(events.count == 30)
      // Each change starts where the one before it ended.
      let steps = events.compactMap { $0.data["changes"]?["subject"] }
      let (from, to) = (
        steps.compactMap { $0["from"]?.string }, steps.compactMap { $0["to"]?.string }
      )
      #expect(Set(from).count == 30)
      #expect(Set(from).symmetricDifference(to).count == 2)
    }
  }
}
