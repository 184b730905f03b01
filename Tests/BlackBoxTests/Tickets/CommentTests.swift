import TestSupport
import Testing

extension TacoHelp {
  @Suite("Comments") struct CommentTests {
    @Test("Comments come oldest first, and each moves the ticket's updatedAt")
    func order() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket()
      var made: [JSON] = []
      for index in 0..<5 {
        made.append(try await tenant.makeComment(ticket.id, "number \(index)"))
        let found = try await tenant.client.get("/tickets/\(ticket.id)").json
        #expect(found["comments"] == .array(made))
        #expect(found["updatedAt"] == made.last?["createdAt"])
        let rest = found.without("comments", "commentsNextCursor", "updatedAt")
        #expect(rest == ticket.without("updatedAt"))
      }
    }

    @Test("Comments at once are all kept, in the order of their times")
    func concurrent() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      try await atOnce(30) { _ = try await tenant.makeComment(id, "\($0)") }
      let found = try await tenant.client.get("/tickets/\(id)").json
      let comments = found["comments"]?.items ?? []
      #expect(Set(comments.compactMap { $0["content"]?.string }).count == 30)
      let times = comments.compactMap { $0["createdAt"]?.string }
      #expect(times == times.sorted())
      #expect(found["updatedAt"]?.string == times.last)
    }

    @Test("A closed ticket can still be commented on, and stays closed")
    func closed() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeTicket().id
      _ = try await tenant.client.patch("/tickets/\(id)", ["status": "CLOSED"])
      _ = try await tenant.makeComment(id)
      #expect(try await tenant.client.get("/tickets/\(id)").json["status"] == "CLOSED")
    }
  }
}
