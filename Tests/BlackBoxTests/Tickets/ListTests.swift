import TestSupport
import Testing

extension TacoHelp {
  @Suite("Lists") struct ListTests {
    @Test("Tickets come newest first, and pages cover them without gap or double")
    func paging() async throws {
      let tenant = try await Tenant.make()
      var made: [String] = []
      for _ in 0..<11 { made.insert(try await tenant.makeTicket().id, at: 0) }
      var listed: [String] = []
      for offset in stride(from: 0, through: 12, by: 4) {
        let page = try await tenant.client.get("/tickets?limit=4&offset=\(offset)").json
        #expect(page["total"] == 11)
        #expect(page["limit"] == 4)
        #expect(page["offset"] == .int(offset))
        listed += page["tickets"]?.items?.map(\.id) ?? []
      }
      #expect(listed == made)
      let beyond = try await tenant.client.get("/tickets?offset=100").json
      #expect(beyond["tickets"] == [])
      #expect(beyond["total"] == 11)
    }

    @Test("A filter shows and counts the tickets of its status, newest first")
    func filter() async throws {
      let tenant = try await Tenant.make()
      let words = ["OPEN", "IN_PROGRESS", "WAITING", "RESOLVED", "CLOSED"]
      var made: [String: [String]] = [:]
      for index in 0..<12 {
        let (id, word) = (try await tenant.makeTicket().id, words[index * index % 5])
        _ = try await tenant.client.patch("/tickets/\(id)", ["status": .string(word)])
        made[word, default: []].insert(id, at: 0)
      }
      for word in words {
        let list = try await tenant.client.get("/tickets?status=\(word)").json
        #expect(list["tickets"]?.items?.map(\.id) == made[word] ?? [])
        #expect(list["total"] == .int(made[word]?.count ?? 0))
      }
      let page = try await tenant.client.get("/tickets?status=IN_PROGRESS&limit=1&offset=1").json
      #expect(
        page["tickets"]?.items?.map(\.id) == made["IN_PROGRESS"]?.dropFirst().prefix(1).map { $0 })
      #expect(page["total"] == .int(made["IN_PROGRESS"]?.count ?? 0))
    }

    @Test("A limit above a hundred gives a hundred")
    func hundred() async throws {
      let tenant = try await Tenant.make(rateLimit: 1000)
      try await atOnce(103) { _ in _ = try await tenant.makeTicket() }
      let list = try await tenant.client.get("/tickets?limit=1000").json
      #expect(list["tickets"]?.items?.count == 100)
      #expect(list["limit"] == 100)
      #expect(list["total"] == 103)
      let numbers = list["tickets"]?.items?.compactMap { $0["ticketNumber"]?.int }
      #expect(numbers == Array((4...103).reversed()))
      #expect(try await tenant.client.get("/tickets").json["tickets"]?.items?.count == 50)
    }

    @Test("Conversations come newest first, paged and filtered as tickets are")
    func conversations() async throws {
      let tenant = try await Tenant.make()
      var made: [String] = []
      for _ in 0..<7 { made.insert(try await tenant.makeConversation().id, at: 0) }
      let ended = [made[1], made[4]]
      for id in ended.reversed() {
        _ = try await tenant.client.patch("/chat/conversations/\(id)", ["status": "ended"])
      }
      // A message moves updatedAt, not the position in the list.
      _ = try await tenant.makeMessage(made[6])
      let active = made.filter { !ended.contains($0) }
      for (query, ids) in [
        ("", made), ("?status=active", active), ("?status=ended", ended),
        ("?limit=3&offset=2", Array(made[2..<5])),
        ("?status=active&limit=2&offset=1", Array(active[1..<3])), ("?offset=7", []),
      ] {
        let list = try await tenant.client.get("/chat/conversations\(query)").json
        #expect(list["conversations"]?.items?.map(\.id) == ids)
        let total = query.contains("active") ? 5 : query.contains("ended") ? 2 : 7
        #expect(list["total"] == .int(total))
      }
    }

    @Test("Any limit and offset show that part of the whole list")
    func parts() async throws {
      var generator = SeededGenerator()
      let tenant = try await Tenant.make(rateLimit: 1000)
      var made: [String] = []
      for _ in 0..<23 { made.insert(try await tenant.makeConversation().id, at: 0) }
      for _ in 0..<60 {
        let limit = Int.random(in: 1...30, using: &generator)
        let offset = Int.random(in: 0...30, using: &generator)
        let query = "limit=\(limit)&offset=\(offset)"
        let page = try await tenant.client.get("/chat/conversations?\(query)").json
        let comment: Comment = "seed \(SeededGenerator.seed): \(query)"
        let ids = page["conversations"]?.items?.map(\.id)
        #expect(ids == Array(made.dropFirst(offset).prefix(limit)), comment)
        #expect(page["total"] == 23, comment)
      }
    }
  }
}
