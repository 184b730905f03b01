import TestSupport
import Testing

extension TacoHelp {
  @Suite("Merging tickets") struct MergeTests {
    private func merge(_ tenant: Tenant, _ source: String, _ target: String) async throws -> Answer
    {
      try await tenant.client.post("/tickets/\(source)/merge", ["intoTicketId": .string(target)])
    }

    @Test("The comments move to the target, the source is closed and points to it")
    func merged() async throws {
      let tenant = try await Tenant.make()
      let (source, target) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
      let comments = [
        try await tenant.makeComment(source, "1"), try await tenant.makeComment(target, "2"),
        try await tenant.makeComment(source, "3"), try await tenant.makeComment(target, "4"),
      ]
      let answer = try await merge(tenant, source, target)
      #expect(answer.status == 200)
      #expect(answer.json.id == target)
      #expect(answer.json["status"] == "OPEN")
      #expect(answer.json["mergedIntoId"] == .null)
      #expect(answer.json["comments"] == .array(comments))
      #expect(try await tenant.client.get("/tickets/\(target)").json == answer.json)
      let left = try await tenant.client.get("/tickets/\(source)").json
      #expect(left["status"] == "CLOSED")
      #expect(left["mergedIntoId"]?.string == target)
      #expect(left["comments"] == [])
      #expect(left["closedAt"] != .null)
      for (query, total) in [("", 2), ("?status=OPEN", 1), ("?status=CLOSED", 1)] {
        let list = try await tenant.client.get("/tickets\(query)").json
        #expect(list["total"] == .int(total))
        #expect(list["tickets"]?.items?.count == total)
      }
    }

    @Test("A closed source stays closed when it was, and is not counted twice")
    func closedSource() async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let closed = try await tenant.client.patch(
        "/tickets/\(subjects.ticket)", ["status": "CLOSED"]
      ).json
      _ = try await merge(tenant, subjects.ticket, subjects.otherTicket)
      let left = try await tenant.client.get("/tickets/\(subjects.ticket)").json
      #expect(left["closedAt"] == closed["closedAt"])
      #expect(try await tenant.client.get("/tickets?status=CLOSED").json["total"] == 1)
    }

    @Test("A ticket cannot be merged into itself")
    func itself() async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let before = try await tenant.fingerprint()
      let answer = try await merge(tenant, subjects.ticket, subjects.ticket)
      #expect(answer.outcome == "400 invalid_parameter")
      #expect(answer.fields == ["intoTicketId"])
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("A merged ticket cannot be source or target again, changed or commented on")
    func afterwards() async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let third = try await tenant.makeTicket().id
      _ = try await merge(tenant, subjects.ticket, subjects.otherTicket)
      let before = try await tenant.fingerprint()
      let path = "/tickets/\(subjects.ticket)"
      for answer in [
        try await merge(tenant, subjects.ticket, third),
        try await merge(tenant, subjects.ticket, subjects.otherTicket),
        try await merge(tenant, third, subjects.ticket),
        try await tenant.client.patch(path, ["status": "OPEN"]),
        try await tenant.client.patch(path, ["status": "CLOSED"]),
        try await tenant.client.patch(path, ["assigneeId": .string(tenant.agent)]),
        try await tenant.client.post(
          "\(path)/comments", ["content": "x", "authorEmail": "new@example.com"]),
      ] {
        #expect(answer.outcome == "400 ticket_merged")
      }
      #expect(try await tenant.fingerprint() == before)
      #expect(try await tenant.client.get(path).status == 200)
    }

    @Test("A ticket that others were merged into can be merged itself, with their comments")
    func chain() async throws {
      let tenant = try await Tenant.make()
      let ids = [
        try await tenant.makeTicket().id, try await tenant.makeTicket().id,
        try await tenant.makeTicket().id,
      ]
      let comment = try await tenant.makeComment(ids[0])
      #expect(try await merge(tenant, ids[0], ids[1]).status == 200)
      let answer = try await merge(tenant, ids[1], ids[2])
      #expect(answer.status == 200)
      #expect(answer.json["comments"] == [comment])
      let first = try await tenant.client.get("/tickets/\(ids[0])").json
      #expect(first["mergedIntoId"]?.string == ids[1])
    }

    @Test("Exactly one of two merges against each other at once wins")
    func crossed() async throws {
      let tenant = try await Tenant.make()
      let other = try tenant.otherClient
      for _ in 0..<8 {
        let (one, two) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
        async let forth = merge(tenant, one, two)
        async let back = other.post("/tickets/\(two)/merge", ["intoTicketId": .string(one)])
        #expect(try await [forth.outcome, back.outcome].sorted() == ["200", "400 ticket_merged"])
      }
    }

    @Test("A comment that races with the merge of its ticket is moved or refused, never lost")
    func racingComments() async throws {
      let tenant = try await Tenant.make(rateLimit: 1000)
      let other = try tenant.otherClient
      for _ in 0..<6 {
        let (source, target) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
        let made = try await atOnce(7) { index in
          if index == 6 { return try await merge(tenant, source, target).status == 200 ? 0 : 100 }
          let answer = try await other.post(
            "/tickets/\(source)/comments",
            ["content": "\(index)", "authorEmail": "new\(index)@example.com"])
          #expect(["201", "400 ticket_merged"].contains(answer.outcome))
          return answer.status == 201 ? 1 : 0
        }.reduce(0, +)
        #expect(try await tenant.client.get("/tickets/\(source)").json["comments"] == [])
        let moved = try await tenant.client.get("/tickets/\(target)").json["comments"]?.items
        #expect(moved?.count == made)
      }
    }
  }
}
