import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("The description's schemas") struct SchemaTests {
    /// Throws unless each object is described in full, and has all that is required.
    private func check(_ exchanges: [JSON]) async throws {
      try await TestPython.run(
        "check_exchanges.py", [Repository.path("openapi.yaml")],
        input: JSON.array(exchanges).encoded)
    }

    private func exchange(_ operation: Operation, _ answer: Answer) -> JSON {
      [
        "operation": .string(operation.rawValue), "status": .int(answer.status),
        "body": answer.json,
      ]
    }

    @Test("Answers have every field that they describe, and no other")
    func answers() async throws {
      let tenant = try await Tenant.make()
      let client = try tenant.client
      var exchanges: [JSON] = []
      // Once with nothing beside it, once with all there can be.
      for isFull in [false, true] {
        for operation in Operation.allCases {
          let subjects = try await Subjects.make(tenant)
          if isFull {
            _ = try await client.patch(
              "/tickets/\(subjects.ticket)",
              ["assigneeId": .string(tenant.agent), "status": "RESOLVED", "tags": ["bug"]])
            _ = try await client.patch("/tickets/\(subjects.ticket)", ["status": "CLOSED"])
            _ = try await tenant.makeComment(subjects.ticket)
            _ = try await tenant.makeMessage(subjects.conversation)
            _ = try await client.post(
              "/chat/conversations/\(subjects.conversation)/messages",
              ["content": "Hi", "senderType": "agent", "senderId": .string(tenant.agent)])
          }
          let answer = try await operation.perform(tenant.client, subjects)
          #expect(answer.status == operation.status)
          exchanges.append(exchange(operation, answer))
          if operation == .merge {
            let merged = try await Operation.findTicket.perform(client, subjects)
            exchanges.append(exchange(.findTicket, merged))
          }
        }
      }
      try await check(exchanges)
    }

    @Test("Errors have every field that they describe, and a code that goes with their status")
    func errors() async throws {
      let tenant = try await Tenant.make()
      var exchanges: [JSON] = []
      for operation in Operation.allCases {
        let subjects = try await Subjects.make(tenant)
        let others = Operation.scopes.filter { $0 != operation.scope }
        for key in [
          nil, try await tenant.makeKey(scopes: others), try await tenant.makeKey(rateLimit: 1),
          try await Tenant.make(plan: "FREE").key,
        ] {
          let client = try tenant.server.client(key)
          for _ in 1...2 {
            let answer = try await operation.perform(client, subjects)
            exchanges.append(exchange(operation, answer))
          }
        }
        let client = try tenant.server.client(try await tenant.makeKey())
        // Some of these succeed where there is no body, or no id in the path.
        let wrong: [(Subjects, JSON)] = [(.nobody, operation.body(.nobody)), (subjects, [:])]
        for (subjects, body) in wrong {
          let answer = try await operation.perform(client, subjects, body)
          if answer.status >= 400 { exchanges.append(exchange(operation, answer)) }
        }
      }
      let statuses = Set(exchanges.compactMap { $0["status"]?.int })
      #expect(statuses.isSuperset(of: [400, 401, 403, 404, 429]))
      try await check(exchanges)
    }

    @Test("Events have every field that they describe, and no other")
    func events() async throws {
      let tenant = try await Tenant.make()
      let (id, other) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
      var changes = Dictionary(uniqueKeysWithValues: FieldTests.changes.map { ($0.name, $0.value) })
      changes["assigneeId"] = .string(tenant.agent)
      _ = try await tenant.client.patch("/tickets/\(id)", .object(changes))
      for word in ["RESOLVED", "CLOSED", "OPEN"] {
        _ = try await tenant.client.patch("/tickets/\(id)", ["status": .string(word)])
      }
      _ = try await tenant.client.patch("/tickets/\(id)", ["assigneeId": nil])
      _ = try await tenant.makeComment(id)
      _ = try await tenant.client.post("/tickets/\(id)/merge", ["intoTicketId": .string(other)])
      let endpoint = try await tenant.makeEndpoint("ticket.created")
      try await tenant.sql.run("select ops.test_endpoint('\(endpoint)')")
      let events = try await tenant.events()
      #expect(Set(events.map(\.type)).count == 8)
      try await check(events.map { ["event": .string($0.type), "body": $0.body] })
    }
  }
}
