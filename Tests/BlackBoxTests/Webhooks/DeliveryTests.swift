import Foundation
import NIOHTTP1
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Delivering webhooks") struct DeliveryTests {
    @Test("An event arrives within a second, as the event table has it, with all headers")
    func arrival() async throws {
      try await Receiver.run { receiver in
        try await Sending.with { sending in
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
    }

    @Test("A change's webhooks carry the traceparent of the request that made it, and of no other")
    func trace() async throws {
      try await Receiver.run { receiver in
        try await Sending.with { sending in
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
    }

    @Test("Each kind of change arrives where it was asked for, and nowhere else")
    func kinds() async throws {
      try await Receiver.run { receiver in
        try await Sending.with { sending in
          let events = [
            "created", "updated", "commented", "resolved", "closed", "reopened", "merged",
          ].map { "ticket.\($0)" }
          for event in events {
            _ = try await sending.endpoint(
              "http://127.0.0.1:\(receiver.port)/\(event)", [event])
          }
          let (one, other) = (
            try await sending.tenant.makeTicket().id, try await sending.tenant.makeTicket().id
          )
          let client = try sending.tenant.client
          for status in ["RESOLVED", "CLOSED", "OPEN"] {
            _ = try await client.patch("/tickets/\(one)", ["status": .string(status)])
          }
          _ = try await sending.tenant.makeComment(one)
          _ = try await client.post("/tickets/\(one)/merge", ["intoTicketId": .string(other)])
          let expected = [
            "closed": 1, "commented": 1, "created": 2, "merged": 1, "reopened": 1, "resolved": 1,
            "updated": 3,
          ]
          try await eventually("all have arrived") { receiver.requests.count >= 10 }
          let counts = receiver.requests.reduce(into: [String: Int]()) { counts, request in
            counts[String(request.head.uri.dropFirst("/ticket.".count)), default: 0] += 1
          }
          #expect(counts == expected)
          #expect(
            receiver.requests.allSatisfy {
              "/" + ($0.header("X-Webhook-Event") ?? "") == $0.head.uri
            })
        }
      }
    }

    @Test(
      "A failed attempt is repeated after 2, 8 and 32 s, with the same body and ids, in real time")
    func retries() async throws {
      let answers: [ScriptedAnswer] = [
        // A kept connection that closes would not cost the attempt.
        .reply(500, headers: [("Connection", "close")], body: "no"), .close, .reply(302),
      ]
      try await Receiver.run(answers: answers) { receiver in
        try await Sending.with { sending in
          let endpoint = try await sending.endpoint(receiver)
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("failed 1", within: .seconds(60))
          let requests = receiver.requests
          #expect(requests.count == 4)
          let gaps = zip(requests, requests.dropFirst()).map {
            ($1.received - $0.received) / .seconds(1)
          }
          // A second for a machine that has more to do.
          for (gap, delay) in zip(gaps, [2.0, 8, 32]) {
            #expect(gap >= delay && gap <= delay * 1.1 + 1, "\(gap) s, not \(delay) s")
          }
          #expect(Set(requests.map(\.body)).count == 1)
          #expect(Set(requests.map { $0.header("webhook-id") }).count == 1)
          #expect(Set(requests.map { $0.header("X-Webhook-Delivery") }).count == 1)
          #expect(Set(requests.map { $0.header("webhook-timestamp") }).count == 4)
          let attempts = try await endpoint.attempts
          #expect(attempts.count == 4)
          #expect(attempts.first == "1|500|the endpoint answered 500")
          #expect(attempts.dropFirst().first?.hasPrefix("2||the connection was closed") == true)
          #expect(attempts.last == "4|302|the endpoint answered 302; redirects are not followed")
          #expect(try await endpoint.standing == "enabled")
          #expect(
            try await sending.sql.run("select consecutive_failures from helpdesk.endpoints") == "1")
          let lines = try await Program.run(
            "webhook", "attempts", requests[0].header("X-Webhook-Delivery") ?? "",
            environment: ["DATABASE_URL": sending.databaseURL])
          let rows = lines.line.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
          }
          #expect(rows.map { $0[0] } == ["1", "2", "3", "4"])
          #expect(rows.first?.last == "no")
        }
      }
    }

    @Test("Retry-After on 503 lengthens the delay")
    func retryAfter() async throws {
      let busy = ScriptedAnswer.reply(503, headers: [("Retry-After", "4")])
      try await Receiver.run(answers: [busy, .reply(200)]) { receiver in
        try await Sending.with { sending in
          let endpoint = try await sending.endpoint(receiver)
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("succeeded 1", within: .seconds(20))
          let requests = receiver.requests
          #expect(requests.count == 2)
          let gap = (requests[1].received - requests[0].received) / .seconds(1)
          #expect(gap >= 4 && gap <= 4.4)
        }
      }
    }

    @Test("410 disables the endpoint at once; enabling with replay sends all, under the same ids")
    func gone() async throws {
      try await Receiver.run(answers: [.reply(410), .reply(200)]) { receiver in
        try await Sending.with { sending in
          let endpoint = try await sending.endpoint(receiver)
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("failed 1")
          #expect(try await endpoint.standing == "it answered 410 Gone")
          _ = try await sending.tenant.makeTicket()
          #expect(try await endpoint.states == "failed 1, held 1")
          #expect(receiver.requests.count == 1)
          let outcome = try await Program.run(
            "webhook", "enable", endpoint.id, "--replay",
            environment: ["DATABASE_URL": sending.databaseURL])
          #expect(outcome.status == 0)
          try await endpoint.become("succeeded 2")
          #expect(try await endpoint.standing == "enabled")
          let ids = receiver.requests.map { $0.header("X-Webhook-Delivery") }
          #expect(ids.count == 3)
          #expect(Set(ids.dropFirst()).contains(ids[0]))
        }
      }
    }

    @Test("Ten spent deliveries in a row open the breaker; a success before starts the count anew")
    func breaker() async throws {
      try await Receiver.run { receiver in
        try await Sending.with(environment: ["WEBHOOK_ALLOWED_NETWORKS": "127.0.0.1/32"]) {
          sending in
          // Refused for its address: failed without retries.
          let endpoint = try await sending.endpoint("http://127.0.0.2:\(receiver.port)/")
          for _ in 0..<9 { _ = try await sending.tenant.makeTicket() }
          try await endpoint.become("failed 9")
          #expect(try await endpoint.standing == "enabled")
          #expect(Set(try await endpoint.attempts).count == 1)
          #expect(try await endpoint.attempts.first?.contains("127.0.0.0/8") == true)
          func move(to host: String) async throws {
            try await sending.sql.run(
              "update helpdesk.endpoints set url = 'http://\(host):\(receiver.port)/'")
          }
          try await move(to: "127.0.0.1")
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("failed 9, succeeded 1")
          try await move(to: "127.0.0.2")
          for _ in 0..<9 { _ = try await sending.tenant.makeTicket() }
          try await endpoint.become("failed 18, succeeded 1")
          #expect(try await endpoint.standing == "enabled")
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("failed 19, succeeded 1")
          #expect(try await endpoint.standing == "10 deliveries in a row failed")
          _ = try await sending.tenant.makeTicket()
          #expect(try await endpoint.states == "failed 19, held 1, succeeded 1")
          #expect(receiver.requests.count == 1)
        }
      }
    }

    @Test("A test event goes to its endpoint alone; a delivery can be sent again under its id")
    func testEvent() async throws {
      try await Receiver.run { receiver in
        try await Sending.with { sending in
          let endpoint = try await sending.endpoint(receiver)
          _ = try await sending.endpoint(receiver)
          let environment = ["DATABASE_URL": sending.databaseURL]
          let delivery = try await Program.run(
            "webhook", "test", endpoint.id, environment: environment
          ).line
          try await endpoint.become("succeeded 1")
          let request = try #require(receiver.requests.first)
          #expect(request.header("X-Webhook-Event") == "webhook.test")
          #expect(try JSON(parsing: request.body)["data"] == [:])
          let again = try await Program.run(
            "webhook", "redeliver", delivery, environment: environment)
          #expect(again.line == "\(delivery)\tpending")
          try await eventually("it comes again") { receiver.requests.count == 2 }
          try await endpoint.become("succeeded 1")
          #expect(
            receiver.requests.map { $0.header("X-Webhook-Delivery") } == [delivery, delivery])
          #expect(try await endpoint.attempts == ["1|200|", "1|200|"])
        }
      }
    }

    @Test("While a secret is rotated, the newest signs first and the one before beside it")
    func rotation() async throws {
      try await Receiver.run { receiver in
        try await Sending.with { sending in
          let endpoint = try await sending.endpoint(receiver)
          let newest = try await sending.sql.run("select ops.rotate_secret('\(endpoint.id)')")
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("succeeded 1")
          let request = try #require(receiver.requests.first)
          let expected = try [newest, endpoint.secret].map { try Signature.standard($0, request) }
          #expect(
            request.header("webhook-signature")?.split(separator: " ").map(String.init) == expected)
          #expect(request.header("X-Webhook-Signature") == (try Signature.simple(newest, request)))
        }
      }
    }

    @Test("The library of Standard Webhooks takes what arrives, with the new secret and the old")
    func standardWebhooks() async throws {
      try await Receiver.run { receiver in
        try await Sending.with { sending in
          let endpoint = try await sending.endpoint(receiver)
          let newest = try await sending.sql.run("select ops.rotate_secret('\(endpoint.id)')")
          _ = try await sending.tenant.makeTicket(["subject": "Caf\u{e9} \u{1f32e} \\ \"x\""])
          try await endpoint.become("succeeded 1")
          let request = try #require(receiver.requests.first)
          let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("tacohelp-body-\(UUID().uuidString)")
          try Data(request.body.utf8).write(to: file)
          defer { try? FileManager.default.removeItem(at: file) }
          let headers = try ["webhook-id", "webhook-timestamp", "webhook-signature"].map {
            try #require(request.header($0))
          }
          for secret in [newest, endpoint.secret] {
            try await TestPython.run("verify_webhook.py", [secret] + headers + [file.path])
          }
        }
      }
    }

    @Test("TLS is checked: against the system's authorities and those of WEBHOOK_CA_FILE")
    func certificates() async throws {
      let certificates = try await TestCertificates.shared
      try await Receiver.run(tls: certificates.address) { receiver in
        let url = "https://127.0.0.1:\(receiver.port)/"
        try await Sending.with(environment: ["WEBHOOK_CA_FILE": certificates.authority]) {
          sending in
          let endpoint = try await sending.endpoint(url)
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("succeeded 1")
        }
        try await Sending.with { sending in
          let endpoint = try await sending.endpoint(url)
          _ = try await sending.tenant.makeTicket()
          try await eventually("it has failed") { try await endpoint.attempts.count == 1 }
          #expect(try await endpoint.attempts.first?.contains("certificate") == true)
          #expect(receiver.requests.count == 1)
        }
      }
    }

    @Test("http is refused where configuration does not allow it, and so are local addresses")
    func destinations() async throws {
      try await Receiver.run { receiver in
        for environment in [["WEBHOOK_ALLOW_HTTP": "false"], ["WEBHOOK_ALLOWED_NETWORKS": ""]] {
          try await Sending.with(environment: environment) { sending in
            let endpoint = try await sending.endpoint("http://localhost:\(receiver.port)/")
            _ = try await sending.tenant.makeTicket()
            try await endpoint.become("failed 1")
            #expect(try await endpoint.attempts.count == 1)
            #expect(receiver.requests.isEmpty)
          }
        }
      }
    }
  }
}
