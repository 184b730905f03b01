import TestSupport
import Testing

extension TacoHelp {
  @Suite("Ticket numbers") struct TicketNumberTests {
    @Test("Numbers count from 1 without gap or duplicate, although two servers give them at once")
    func concurrent() async throws {
      let tenant = try await Tenant.make()
      let clients = [try tenant.client, try tenant.otherClient]
      let numbers = try await atOnce(60) { index in
        let body: JSON = [
          "subject": "\(index)", "description": "x",
          "createdByEmail": "client\(index % 7)@example.com",
        ]
        let answer = try await clients[index % 2].post("/tickets", body)
        #expect(answer.status == 201)
        return answer.json["ticketNumber"]?.int ?? 0
      }
      #expect(numbers.sorted() == Array(1...60))
    }

    @Test("A number is never given twice, not even after a merge or a refused request")
    func noReuse() async throws {
      let tenant = try await Tenant.make()
      let first = try await tenant.makeTicket()
      let second = try await tenant.makeTicket()
      #expect(try await tenant.client.post("/tickets", ["subject": "x"]).status == 400)
      let merge = try await tenant.client.post(
        "/tickets/\(second.id)/merge", ["intoTicketId": .string(first.id)])
      #expect(merge.status == 200)
      #expect(try await tenant.makeTicket()["ticketNumber"] == 3)
    }
  }
}
