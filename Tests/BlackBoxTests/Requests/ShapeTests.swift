import TestSupport
import Testing

extension TacoHelp {
  /// SchemaTests compares the members of every answer with the description.
  @Suite("Successful answers") struct ShapeTests {
    @Test("Every operation answers with JSON, its length, an id and a Date, as RFC 9110 demands")
    func headers() async throws {
      let tenant = try await Tenant.make()
      let form = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/
      for operation in Operation.allCases {
        let answer = try await operation.perform(tenant.client, Subjects.make(tenant))
        #expect(answer.status == operation.status)
        #expect(answer.header("Content-Type")?.hasPrefix("application/json") == true)
        #expect(answer.header("Content-Length") == "\(answer.body.utf8.count)")
        #expect(answer.header("X-Request-Id") != nil)
        #expect(answer.header("Date")?.wholeMatch(of: form) != nil)
      }
      let error = try await tenant.client.get("/nothing")
      #expect(error.header("Date")?.wholeMatch(of: form) != nil)
    }

    @Test("A new conversation is active, and its e-mail is null when none was given")
    func newConversation() async throws {
      let tenant = try await Tenant.make()
      let made = try await tenant.makeConversation()
      #expect(
        made.without("id", "createdAt", "updatedAt")
          == ["status": "active", "visitorName": "Sam", "visitorEmail": nil])
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
      let now = try await tenant.sql.int("select extract(epoch from now())::bigint * 1000")
      #expect(abs(now - milliseconds) < 60_000)
    }
  }
}
