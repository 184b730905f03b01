import TestSupport
import Testing

extension TacoHelp {
  @Suite("Chat") struct ChatTests {
    private func say(_ tenant: Tenant, _ id: String, _ body: JSON) async throws -> Answer {
      try await tenant.client.post("/chat/conversations/\(id)/messages", body)
    }

    @Test("Messages come oldest first, and each moves the conversation's updatedAt")
    func messages() async throws {
      let tenant = try await Tenant.make()
      let chat = try await tenant.makeConversation()
      var made: [JSON] = []
      for index in 0..<5 {
        let message = try await tenant.makeMessage(chat.id, "number \(index)")
        #expect(message["senderId"] == .null && message["senderType"] == "visitor")
        made.append(message)
        let found = try await tenant.client.get("/chat/conversations/\(chat.id)").json
        #expect(found["messages"] == .array(made))
        #expect(found["updatedAt"] == made.last?["createdAt"])
        #expect(found["createdAt"] == chat["createdAt"])
      }
    }

    @Test("An agent's message may say which agent or admin; no client or visitor speaks as one")
    func agents() async throws {
      let tenant = try await Tenant.make()
      let client = try await tenant.makeTicket()["createdBy"]?["id"] ?? .null
      let id = try await tenant.makeConversation().id
      for sender in [nil, .null, .string(tenant.agent), .string(tenant.admin)] as [JSON?] {
        let body: JSON = ["content": "Sure", "senderType": "agent"]
        let answer = try await say(tenant, id, sender.map { body.with("senderId", $0) } ?? body)
        #expect(answer.status == 201)
        #expect(answer.json["senderId"] == sender ?? .null)
        #expect(answer.json["senderType"] == "agent")
      }
      let before = try await tenant.fingerprint()
      for (type, sender) in [("agent", client), ("visitor", .string(tenant.agent))] {
        let answer = try await say(
          tenant, id, ["content": "x", "senderType": .string(type), "senderId": sender])
        #expect(answer.outcome == "400 invalid_parameter")
        #expect(answer.fields == ["senderId"])
      }
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("An ended conversation takes no messages and stays ended")
    func ended() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeConversation().id
      _ = try await tenant.makeMessage(id)
      let path = "/chat/conversations/\(id)"
      let ended = try await tenant.client.patch(path, ["status": "ended"])
      #expect(ended.status == 200)
      #expect(ended.json["status"] == "ended")
      let before = try await tenant.fingerprint()
      for body in [
        ["content": "x", "senderType": "visitor"],
        ["content": "x", "senderType": "agent", "senderId": .string(tenant.agent)],
      ] as [JSON] {
        #expect(try await say(tenant, id, body).outcome == "400 conversation_ended")
      }
      let again = try await tenant.client.patch(path, ["status": "ended"])
      #expect(again.status == 200)
      #expect(again.json == ended.json)
      #expect(try await tenant.client.patch(path, ["status": "active"]).fields == ["status"])
      #expect(try await tenant.fingerprint() == before)
      let found = try await tenant.client.get(path).json
      #expect(found["messages"]?.items?.count == 1)
    }

    @Test("Messages that race with the end are kept or refused, never lost")
    func race() async throws {
      let tenant = try await Tenant.make()
      let id = try await tenant.makeConversation().id
      let other = try tenant.otherClient
      let made = try await atOnce(20) { index in
        if index == 10 {
          let path = "/chat/conversations/\(id)"
          #expect(try await other.patch(path, ["status": "ended"]).status == 200)
          return 0
        }
        let answer = try await say(tenant, id, ["content": "x", "senderType": "visitor"])
        #expect(["201", "400 conversation_ended"].contains(answer.outcome))
        return answer.status == 201 ? 1 : 0
      }.reduce(0, +)
      let found = try await tenant.client.get("/chat/conversations/\(id)").json
      #expect(found["messages"]?.items?.count == made)
      #expect(found["status"] == "ended")
    }

    @Test("A visitor's e-mail makes no user")
    func noUser() async throws {
      let tenant = try await Tenant.make()
      let count = "select count(*) from helpdesk.users where org_id = '\(tenant.id)'"
      let before = try await tenant.sql.int(count)
      let made = try await tenant.client.post(
        "/chat/conversations", ["visitorName": "Sam", "visitorEmail": "sam@example.com"])
      #expect(made.json["visitorEmail"] == "sam@example.com")
      #expect(try await tenant.sql.int(count) == before)
    }
  }
}
