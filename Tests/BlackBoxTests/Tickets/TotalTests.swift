import Synchronization
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Totals") struct TotalTests {
    static let words = ["OPEN", "IN_PROGRESS", "WAITING", "RESOLVED", "CLOSED"]

    /// Changes by one of several clients, chosen by a generator that gives the same at each run.
    private func wander(
      _ client: APIClient, _ tickets: Shared, seed: Int
    ) async throws {
      var random = SeededGenerator(seed: UInt64(seed))
      for _ in 0..<25 {
        let known = tickets.ids.withLock { $0 }
        let (one, two) = (random.pick(known), random.pick(known))
        let answer =
          switch Int.random(in: 0..<8, using: &random) {
          case 0, 1:
            try await client.post(
              "/tickets", ["subject": "x", "description": "y", "createdByEmail": "a@b.example"])
          case 2:
            try await client.post("/tickets/\(one)/merge", ["intoTicketId": .string(two)])
          case 3:
            try await client.post(
              "/tickets/\(one)/comments", ["content": "x", "authorEmail": "a@b.example"])
          default:
            try await client.patch("/tickets/\(one)", ["status": .string(random.pick(Self.words))])
          }
        #expect([200, 201, 400].contains(answer.status))
        if answer.status == 201, answer.json["ticketNumber"] != nil {
          tickets.ids.withLock { $0.append(answer.json.id) }
        }
      }
    }

    @Test("After many changes at once, totals are what counting the rows says")
    func tickets() async throws {
      let tenant = try await Tenant.make(rateLimit: 1000)
      let tickets = Shared([try await tenant.makeTicket().id, try await tenant.makeTicket().id])
      let clients = [try tenant.client, try tenant.otherClient]
      try await atOnce(8) { try await wander(clients[$0 % 2], tickets, seed: $0) }
      for word in Self.words {
        let rows = try await tenant.sql.int(
          """
          select count(*) from helpdesk.tickets
           where org_id = '\(tenant.id)' and status = '\(word)'
          """)
        let list = try await tenant.client.get("/tickets?status=\(word)").json
        #expect(list["total"] == .int(rows), "\(word)")
      }
      let numbers = try await tenant.sql.run(
        """
        select count(*), min(number), max(number) from helpdesk.tickets
         where org_id = '\(tenant.id)'
        """)
      let total = try #require(try await tenant.client.get("/tickets").json["total"]?.int)
      #expect(numbers == "\(total)|1|\(total)")
      // Each event's previous status is the one that the event before it entered.
      let gaps = try await tenant.sql.int(
        """
        select count(*) from (
          select body::json #>> '{data,changes,status,from}' as was,
                 lag(body::json #>> '{data,changes,status,to}', 1, 'OPEN')
                   over (partition by ticket_id order by created_at) as before
            from helpdesk.events
           where org_id = '\(tenant.id)' and type = 'ticket.updated'
             and body::json #> '{data,changes,status}' is not null
        ) e where was <> before
        """)
      #expect(gaps == 0)
    }

    @Test("Conversations started and ended at once are counted rightly")
    func conversations() async throws {
      let tenant = try await Tenant.make(rateLimit: 1000)
      let clients = [try tenant.client, try tenant.otherClient]
      let first = try await tenant.makeConversation().id
      try await atOnce(40) { index in
        let client = clients[index % 2]
        let made = try await client.post("/chat/conversations", ["visitorName": "Sam"])
        let target = index % 4 == 0 ? first : index % 3 == 0 ? made.json.id : nil
        guard let target else { return }
        let ended = try await client.patch("/chat/conversations/\(target)", ["status": "ended"])
        #expect(ended.json["status"] == "ended")
      }
      for word in ["active", "ended"] {
        let rows = try await tenant.sql.int(
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

/// The tickets that several clients know of.
private final class Shared: Sendable {
  let ids: Mutex<[String]>

  init(_ ids: [String]) { self.ids = Mutex(ids) }
}
