import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Headers of answers") struct AnswerHeaderTests {
    @Test("API answers of every kind are for their caller alone, and of the type that they name")
    func caching() async throws {
      let tenant = try await Tenant.make()
      let spent = try await tenant.makeKey(rateLimit: 1)
      _ = try await tenant.server.client(spent).get("/tickets")
      let ticket = try await tenant.makeTicket().id
      let answers = [
        try await tenant.client.get("/tickets"), try await tenant.client.get("/tickets/\(ticket)"),
        try await tenant.client.get("/tickets?limit=x"), try await tenant.client.get("/nothing"),
        try await tenant.client.send("PUT", "/tickets"),
        try await tenant.client.send("HEAD", "/tickets"),
        try await tenant.client.post("/chat/conversations", ["visitorName": "Sam"]),
        try await tenant.server.client("th_x").get("/tickets"),
        try await tenant.server.client(spent).get("/tickets"),
      ]
      #expect(answers.map(\.status) == [200, 200, 400, 404, 405, 200, 201, 401, 429])
      for answer in answers {
        #expect(answer.header("Cache-Control") == "private, no-cache")
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
      }
    }

    @Test("A new thing has a Location, the same for a request that is sent again")
    func location() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket().id
      let conversation = try await tenant.makeConversation().id
      let requests: [(path: String, body: JSON, location: String?)] = [
        ("/tickets", ["subject": "x", "description": "y", "createdByEmail": "a@b.example"], nil),
        (
          "/tickets/\(ticket)/comments", ["content": "x", "authorEmail": "a@b.example"],
          "/tickets/\(ticket)"
        ), ("/chat/conversations", ["visitorName": "Sam"], nil),
        (
          "/chat/conversations/\(conversation)/messages",
          ["content": "x", "senderType": "visitor"], "/chat/conversations/\(conversation)"
        ),
      ]
      for (path, body, location) in requests {
        for _ in 0..<2 {
          let answer = try await tenant.client.send(
            "POST", path, json: body, headers: [("Idempotency-Key", path)])
          #expect(answer.status == 201)
          let found = try #require(answer.header("Location"))
          #expect(found == "/api/external" + (location ?? "\(path)/\(answer.json.id)"))
          #expect(try await tenant.client.site.get(found).status == 200)
        }
      }
    }

    /// The head that curl receives, and the body as curl decodes it.
    private func curl(_ tenant: Tenant, _ path: String, _ options: String...) async throws
      -> (head: String, body: String)
    {
      let text = try await TestProcess.run(
        "curl",
        ["-sS", "-i", "-H", "Authorization: Bearer \(tenant.key)"] + options
          + ["http://127.0.0.1:\(tenant.server.port)\(path)"])
      let parts = try #require(text.firstRange(of: "\r\n\r\n"))
      return (text[..<parts.lowerBound].lowercased(), String(text[parts.upperBound...]))
    }

    @Test("Large answers are compressed for whoever accepts gzip, and say that they vary")
    func compression() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket()
      for _ in 0..<10 { _ = try await tenant.makeTicket() }
      for _ in 0..<3 {
        _ = try await tenant.makeComment(ticket.id, String(repeating: "Long, 🌮. ", count: 5000))
      }
      let list = "/api/external/tickets"
      for path in [list, "\(list)/\(ticket.id)/comments"] {
        let plain = try await curl(tenant, path)
        #expect(plain.head.contains("\r\nvary: accept-encoding"))
        #expect(!plain.head.contains("\r\ncontent-encoding:"))
        let small = try await curl(tenant, path, "--compressed")
        #expect(small.head.contains("\r\nvary: accept-encoding"))
        #expect(small.head.contains("\r\ncontent-encoding: gzip"))
        #expect(small.body == plain.body)
        let length = try #require(small.head.firstMatch(of: /content-length: (\d+)/)?.1)
        #expect((Int(length) ?? .max) < plain.body.utf8.count / 3)
        let refused = try await curl(tenant, path, "-H", "Accept-Encoding: gzip;q=0")
        #expect(refused.body == plain.body)
        let head = try await curl(tenant, path, "--compressed", "--head")
        #expect(head.head.contains("\r\ncontent-encoding: gzip"))
        #expect(head.head.contains("content-length: \(length)"))
      }
      let tagged = try await curl(tenant, "\(list)/\(ticket.id)", "--compressed")
      #expect(tagged.head.contains("\r\netag: \"") && !tagged.head.contains("content-encoding"))
      let short = try await curl(tenant, "\(list)?limit=1", "--compressed")
      #expect(!short.head.contains("\r\nvary:") && !short.head.contains("content-encoding"))
      let metrics = try await curl(tenant, "/metrics", "--compressed")
      #expect(metrics.head.contains("\r\ncontent-encoding: gzip"))
      #expect(metrics.body.contains("# TYPE"))
      // Answers with a tag are not compressed.
      let description = try await curl(tenant, "/openapi.json", "--compressed")
      #expect(!description.head.contains("content-encoding"))
    }

    @Test("A request's traceparent is in its log line, if it is one")
    func traceParent() async throws {
      let tenant = try await Tenant.make()
      let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      for (id, value) in [("traced", trace), ("untraced", "made up")] {
        _ = try await tenant.client.send(
          "GET", "/tickets",
          headers: [("traceparent", value), ("X-Request-Id", "\(id)-\(tenant.id)")])
      }
      let program = tenant.server.program
      var lines: [Substring] = []
      try await eventually("both lines came") {
        lines = program.standardError.split(separator: "\n").filter {
          $0.contains("ed-\(tenant.id)")
        }
        return lines.count == 2
      }
      #expect(lines[0].contains("traceparent=\(trace)"))
      #expect(!lines[1].contains("traceparent"))
    }
  }
}
