import Synchronization
import Testing

extension TacoHelp {
  @Suite("Totals") struct TotalTests {
    static let words = ["OPEN", "IN_PROGRESS", "WAITING", "RESOLVED", "CLOSED"]

    /// What one of several clients does, chosen by a generator that gives the same at each run.
    private func wander(_ client: APIClient, _ tickets: Known, seed: UInt64) async throws {
      var random = Generator(state: seed)
      for _ in 0..<25 {
        let (one, two) = (tickets.pick(&random), tickets.pick(&random))
        let answer =
          switch (random.next() >> 33) % 8 {
          case 0, 1:
            try await client.post(
              "/tickets", ["subject": "x", "description": "y", "createdByEmail": "a@b.example"])
          case 2:
            try await client.post("/tickets/\(one)/merge", ["intoTicketId": .string(two)])
          case 3:
            try await client.post(
              "/tickets/\(one)/comments", ["content": "x", "authorEmail": "a@b.example"])
          default:
            try await client.patch(
              "/tickets/\(one)",
              ["status": .string(Self.words[Int(random.next() >> 33) % Self.words.count])])
          }
        #expect([200, 201, 400].contains(answer.status))
        if answer.status == 201, answer.json["ticketNumber"] != nil { tickets.add(answer.json.id) }
      }
    }

    @Test("After many changes at once, totals are what counting the rows says")
    func tickets() async throws {
      let tenant = try await Tenant.make(rateLimit: 1000)
      let known = Known([try await tenant.makeTicket().id, try await tenant.makeTicket().id])
      let clients = [try tenant.client, try tenant.otherClient]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<8 {
          group.addTask { try await wander(clients[index % 2], known, seed: UInt64(index)) }
        }
        try await group.waitForAll()
      }
      for word in Self.words {
        let rows = try await tenant.stage.sql.int(
          """
          select count(*) from helpdesk.tickets
           where org_id = '\(tenant.id)' and status = '\(word)'
          """)
        let list = try await tenant.client.get("/tickets?status=\(word)").json
        #expect(list["total"] == .int(rows), "\(word)")
      }
      let numbers = try await tenant.stage.sql.run(
        """
        select count(*), min(number), max(number) from helpdesk.tickets
         where org_id = '\(tenant.id)'
        """)
      let total = try #require(try await tenant.client.get("/tickets").json["total"]?.int)
      #expect(numbers == "\(total)|1|\(total)")
    }

    @Test("Conversations started and ended at once are counted rightly")
    func conversations() async throws {
      let tenant = try await Tenant.make(rateLimit: 1000)
      let clients = [try tenant.client, try tenant.otherClient]
      let first = try await tenant.makeConversation().id
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<40 {
          group.addTask {
            let client = clients[index % 2]
            let made = try await client.post("/chat/conversations", ["visitorName": "Sam"])
            let target = index % 4 == 0 ? first : index % 3 == 0 ? made.json.id : nil
            guard let target else { return }
            let ended = try await client.patch(
              "/chat/conversations/\(target)", ["status": "ended"])
            #expect(ended.json["status"] == "ended")
          }
        }
        try await group.waitForAll()
      }
      for word in ["active", "ended"] {
        let rows = try await tenant.stage.sql.int(
          """
          select count(*) from helpdesk.conversations
           where org_id = '\(tenant.id)' and status = '\(word)'
          """)
        let list = try await tenant.client.get("/chat/conversations?status=\(word)").json
        #expect(list["total"] == .int(rows))
      }
    }
  }
}

/// The tickets that the wanderers know of.
private final class Known: Sendable {
  private let ids: Mutex<[String]>

  init(_ ids: [String]) { self.ids = Mutex(ids) }

  func add(_ id: String) { ids.withLock { $0.append(id) } }

  func pick(_ random: inout Generator) -> String {
    ids.withLock { $0[Int(random.next() >> 33) % $0.count] }
  }
}

/// A linear congruential generator: Knuth's MMIX.
private struct Generator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}
