import Foundation
import NIOHTTP1
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Webhooks as they arrive") struct ArrivalTests {
    @Test("An event arrives within a second, as the event table has it, with all headers")
    func arrival() async throws {
      try await Sending.with { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        let start = ContinuousClock.now
        let ticket = try await sending.tenant.makeTicket(["subject": "Caf\u{e9} \u{1f32e}"])
        try await endpoint.become("succeeded 1")
        let request = try #require(receiver.requests.first)
        #expect(request.received - start < .seconds(1))
        let event = try #require(try await sending.tenant.events().first)
        #expect(request.head.method == .POST)
        #expect(request.head.uri == "/hook")
        #expect(
          request.body
            == (try await sending.sql.run(
              "select body from helpdesk.events where id = '\(event.id)'")))
        let body = try JSON(parsing: request.body)
        #expect(body["id"] == .string(event.id))
        #expect(body["type"] == "ticket.created")
        #expect(body["data"]?["ticket"] == ticket)
        #expect(request.header("Host") == "127.0.0.1:\(receiver.port)")
        #expect(request.header("Content-Type") == "application/json")
        #expect(request.header("Content-Length") == "\(request.body.utf8.count)")
        let version = try await Program.run("--version").line
        #expect(request.header("User-Agent") == "TacoHelp-Webhooks/\(version)")
        #expect(request.header("X-Webhook-Event") == "ticket.created")
        #expect(
          request.header("X-Webhook-Delivery")
            == (try await sending.sql.run("select id from helpdesk.deliveries")))
        #expect(request.header("webhook-id") == event.id)
        let timestamp = try #require(request.header("webhook-timestamp"))
        #expect(request.header("X-Webhook-Timestamp") == timestamp)
        #expect(abs((Double(timestamp) ?? 0) - Date().timeIntervalSince1970) < 30)
        #expect(request.header("X-Webhook-Signature")?.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        #expect(
          request.header("webhook-signature")?.wholeMatch(of: /v1,[A-Za-z0-9+\/]{43}=/) != nil)
      }
    }

    @Test("A change's webhooks carry the traceparent of the request that made it, and of no other")
    func trace() async throws {
      try await Sending.with { sending, receiver in
        _ = try await sending.endpoint(
          "http://127.0.0.1:\(receiver.port)/hook",
          ["ticket.created", "ticket.updated", "ticket.commented", "ticket.merged"])
        let client = try sending.tenant.client
        let target = try await sending.tenant.makeTicket().id
        let draft: JSON = [
          "subject": "Cold", "description": "Very.", "createdByEmail": "sam@example.com",
        ]
        func trace(_ number: Int) -> String {
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b\(number)-01"
        }
        func send(_ method: String, _ path: String, _ body: JSON, _ number: Int) async throws
          -> JSON
        {
          try await client.send(
            method, path, headers: [("traceparent", trace(number))],
            body: Array(body.encoded.utf8)
          ).json
        }
        let id = try await send("POST", "/tickets", draft, 1).id
        _ = try await client.patch("/tickets/\(id)", ["priority": "LOW"])
        _ = try await send("PATCH", "/tickets/\(id)", ["subject": "Hot"], 2)
        _ = try await send(
          "POST", "/tickets/\(id)/comments", ["content": "Hm", "authorEmail": "sam@example.com"],
          3)
        _ = try await send("POST", "/tickets/\(id)/merge", ["intoTicketId": .string(target)], 4)
        try await eventually("all have arrived") { receiver.requests.count >= 6 }
        let found = receiver.requests.map {
          "\($0.header("X-Webhook-Event") ?? "") \($0.header("traceparent") ?? "none")"
        }
        #expect(
          found.sorted() == [
            "ticket.commented \(trace(3))", "ticket.created \(trace(1))", "ticket.created none",
            "ticket.merged \(trace(4))", "ticket.updated \(trace(2))", "ticket.updated none",
          ])
      }
    }

    @Test("Each kind of event arrives at the endpoint that asked for it, and at no other")
    func kinds() async throws {
      try await Sending.with { sending, receiver in
        let expected = [
          "closed": 1, "commented": 1, "created": 2, "merged": 1, "reopened": 1, "resolved": 1,
          "updated": 3,
        ]
        for kind in expected.keys {
          _ = try await sending.endpoint(
            "http://127.0.0.1:\(receiver.port)/ticket.\(kind)", ["ticket.\(kind)"])
        }
        let (tenant, client) = (sending.tenant, try sending.tenant.client)
        let (one, other) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
        for status in ["RESOLVED", "CLOSED", "OPEN"] {
          _ = try await client.patch("/tickets/\(one)", ["status": .string(status)])
        }
        _ = try await tenant.makeComment(one)
        _ = try await client.post("/tickets/\(one)/merge", ["intoTicketId": .string(other)])
        try await eventually("all have arrived") { receiver.requests.count >= 10 }
        let arrived = receiver.requests.map { String($0.head.uri.dropFirst("/ticket.".count)) }
        #expect(Dictionary(grouping: arrived) { $0 }.mapValues(\.count) == expected)
        for request in receiver.requests {
          #expect("/\(request.header("X-Webhook-Event") ?? "")" == request.head.uri)
          #expect("/\(try JSON(parsing: request.body)["type"]?.string ?? "")" == request.head.uri)
        }
      }
    }

    @Test("While a secret is rotated, the newest signs first and the one before beside it")
    func rotation() async throws {
      try await Sending.with { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        let newest = try await sending.sql.run("select ops.rotate_secret('\(endpoint.id)')")
        _ = try await sending.tenant.makeTicket(["subject": "Caf\u{e9} \u{1f32e} \\ \"x\""])
        try await endpoint.become("succeeded 1")
        let request = try #require(receiver.requests.first)
        let expected = try [newest, endpoint.secret].map { try Signature.standard($0, request) }
        #expect(
          request.header("webhook-signature")?.split(separator: " ").map(String.init) == expected)
        #expect(request.header("X-Webhook-Signature") == (try Signature.simple(newest, request)))
        // The library of Standard Webhooks takes both.
        let headers = try ["webhook-id", "webhook-timestamp", "webhook-signature"].map {
          try #require(request.header($0))
        }
        for secret in [newest, endpoint.secret] {
          try await TestPython.run("verify_webhook.py", [secret] + headers, input: request.body)
        }
      }
    }
  }
}
