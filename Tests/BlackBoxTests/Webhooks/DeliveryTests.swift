import Foundation
import NIOHTTP1
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Delivering webhooks") struct DeliveryTests {
    @Test(
      "A failed attempt is repeated after 2, 8 and 32 s, with the same body and ids, in real time")
    func retries() async throws {
      let answers: [ScriptedAnswer] = [
        // A kept connection that closes would not cost the attempt.
        .reply(500, headers: [("Connection", "close")], body: "no"), .close, .reply(302),
      ]
      try await Sending.with(answers: answers) { sending, receiver in
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
        #expect(try await endpoint.state == "enabled")
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

    @Test("Retry-After on 503 lengthens the delay")
    func retryAfter() async throws {
      let busy = ScriptedAnswer.reply(503, headers: [("Retry-After", "4")])
      try await Sending.with(answers: [busy, .reply(200)]) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        _ = try await sending.tenant.makeTicket()
        try await endpoint.become("succeeded 1", within: .seconds(20))
        let requests = receiver.requests
        #expect(requests.count == 2)
        let gap = (requests[1].received - requests[0].received) / .seconds(1)
        #expect(gap >= 4 && gap <= 4.4)
      }
    }

    @Test("410 disables the endpoint at once; enabling with replay sends all, under the same ids")
    func gone() async throws {
      try await Sending.with(answers: [.reply(410), .reply(200)]) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        _ = try await sending.tenant.makeTicket()
        try await endpoint.become("failed 1")
        #expect(try await endpoint.state == "it answered 410 Gone")
        _ = try await sending.tenant.makeTicket()
        #expect(try await endpoint.states == "failed 1, held 1")
        #expect(receiver.requests.count == 1)
        let outcome = try await sending.run("webhook", "enable", endpoint.id, "--replay")
        #expect(outcome.status == 0)
        try await endpoint.become("succeeded 2")
        #expect(try await endpoint.state == "enabled")
        let ids = receiver.requests.map { $0.header("X-Webhook-Delivery") }
        #expect(ids.count == 3)
        #expect(Set(ids.dropFirst()).contains(ids[0]))
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
          #expect(try await endpoint.state == "enabled")
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
          #expect(try await endpoint.state == "enabled")
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("failed 19, succeeded 1")
          #expect(try await endpoint.state == "10 deliveries in a row failed")
          _ = try await sending.tenant.makeTicket()
          #expect(try await endpoint.states == "failed 19, held 1, succeeded 1")
          #expect(receiver.requests.count == 1)
        }
      }
    }

    @Test("A test event goes to its endpoint alone; a delivery can be sent again under its id")
    func testEvent() async throws {
      try await Sending.with { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        _ = try await sending.endpoint(receiver)
        let delivery = try await sending.run("webhook", "test", endpoint.id).line
        try await endpoint.become("succeeded 1")
        let request = try #require(receiver.requests.first)
        #expect(request.header("X-Webhook-Event") == "webhook.test")
        #expect(try JSON(parsing: request.body)["data"] == [:])
        let again = try await sending.run("webhook", "redeliver", delivery)
        #expect(again.line == "\(delivery)\tpending")
        try await eventually("it comes again") { receiver.requests.count == 2 }
        try await endpoint.become("succeeded 1")
        #expect(receiver.requests.map { $0.header("X-Webhook-Delivery") } == [delivery, delivery])
        #expect(try await endpoint.attempts == ["1|200|", "1|200|"])
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
