import TestSupport
import Testing

extension TacoHelp {
  @Suite("Conditional requests") struct ConditionalTests {
    private func tag(_ answer: Answer) throws -> String {
      let tag = try #require(answer.header("ETag"))
      #expect(tag.wholeMatch(of: /"[0-9a-z-]+"/) != nil, "\(tag)")
      return tag
    }

    @Test("A ticket's tag is the same until it changes, in whatever answer")
    func ticketTags() async throws {
      let tenant = try await Tenant.make()
      let client = try tenant.client
      let made = try await client.post(
        "/tickets",
        ["subject": "Cold", "description": "Very.", "createdByEmail": "client@example.com"])
      let path = "/tickets/\(made.json.id)"
      var tags = [try tag(made)]
      func read() async throws -> String { try await tag(client.get(path)) }
      #expect(try await read() == tags[0])
      for change: JSON in [
        ["tags": ["a"]], ["assigneeId": .string(tenant.agent)], ["status": "CLOSED"],
      ] {
        let changed = try await client.patch(path, change)
        tags.append(try tag(changed))
        #expect(try await read() == tags.last)
        // The same value again is no change.
        #expect(try await tag(client.patch(path, change)) == tags.last)
      }
      _ = try await tenant.makeComment(made.json.id)
      tags.append(try await read())
      #expect(try await tag(client.patch(path, ["status": "CLOSED"])) == tags.last)
      // Others see the assignee's role in the ticket.
      try await tenant.sql.run(
        "update helpdesk.users set role = 'admin' where id = '\(tenant.agent)'")
      tags.append(try await read())
      #expect(Set(tags).count == tags.count)
      let head = try await client.send("HEAD", path)
      #expect(try tag(head) == tags.last)
      let list = try await client.get("/tickets")
      #expect(list.header("ETag") == nil)
    }

    @Test("A conversation's tag is the same until a message comes or it ends")
    func conversationTags() async throws {
      let tenant = try await Tenant.make()
      let client = try tenant.client
      let made = try await client.post("/chat/conversations", ["visitorName": "Sam"])
      let path = "/chat/conversations/\(made.json.id)"
      var tags = [try tag(made)]
      #expect(try await tag(client.get(path)) == tags[0])
      _ = try await tenant.makeMessage(made.json.id)
      tags.append(try await tag(client.get(path)))
      let stale = try await client.send(
        "PATCH", path, json: ["status": "ended"], headers: [("If-Match", tags[0])])
      #expect(stale.outcome == "412 precondition_failed")
      #expect(try await client.get(path).json["status"] == "active")
      let ended = try await client.send(
        "PATCH", path, json: ["status": "ended"], headers: [("If-Match", tags[1])])
      #expect(ended.status == 200)
      tags.append(try tag(ended))
      #expect(try await tag(client.get(path)) == tags[2])
      #expect(Set(tags).count == 3)
      // Ending it again changes nothing, but the condition still has to hold.
      let updatedAt = try #require(ended.json["updatedAt"])
      for (moment, status) in [(updatedAt, 200), (made.json["updatedAt"] ?? .null, 412)] {
        let again = try await client.patch(path, ["status": "ended", "ifUpdatedAt": moment])
        #expect(again.status == status)
      }
    }

    @Test("A client that has the newest gets 304 without a body")
    func notModified() async throws {
      let tenant = try await Tenant.make()
      let client = try tenant.client
      let paths = [
        "/tickets/\(try await tenant.makeTicket().id)",
        "/chat/conversations/\(try await tenant.makeConversation().id)",
      ]
      for path in paths {
        let tag = try await tag(client.get(path))
        for value in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
          for method in ["GET", "HEAD"] {
            let answer = try await client.send(method, path, headers: [("If-None-Match", value)])
            #expect(answer.status == 304, "\(value)")
            #expect(answer.body.isEmpty)
            #expect(answer.header("ETag") == tag)
            #expect(answer.header("X-RateLimit-Remaining") != nil)
          }
        }
        let other = try await client.send("GET", path, headers: [("If-None-Match", "\"x\"")])
        #expect(other.status == 200)
        // A malformed tag is ignored.
        let bad = try await client.send("GET", path, headers: [("If-None-Match", "x")])
        #expect(bad.status == 200)
      }
      let nobody = try await client.send(
        "GET", "/tickets/\(Subjects.nobody.ticket)", headers: [("If-None-Match", "*")])
      #expect(nobody.outcome == "404 not_found")
    }

    /// The requests that take `If-Match`, on a ticket that is to be changed and another.
    static let changes: [(method: String, path: String, body: JSON)] = [
      ("PATCH", "", ["tags": ["a"]]),
      ("POST", "/comments", ["content": "Hello", "authorEmail": "new@example.com"]),
      ("POST", "/merge", ["intoTicketId": ""]),
    ]

    @Test("A change of what has changed since is refused, and nothing done", arguments: changes)
    func stale(method: String, path: String, body: JSON) async throws {
      let tenant = try await Tenant.make()
      let client = try tenant.client
      let subjects = try await Subjects.make(tenant)
      let ticket = "/tickets/\(subjects.ticket)"
      var body = body
      if body["intoTicketId"] != nil {
        body = body.with("intoTicketId", .string(subjects.otherTicket))
      }
      let before = try await client.get(ticket)
      let old = try tag(before)
      _ = try await client.patch(ticket, ["subject": "Warm"])
      let now = try await client.get(ticket)
      let new = try tag(now)
      let (oldMoment, newMoment) = (
        before.json["updatedAt"] ?? .null, now.json["updatedAt"] ?? .null
      )
      let fingerprint = try await tenant.fingerprint()
      func send(_ tag: String?, _ moment: JSON?, _ body: JSON) async throws -> Answer {
        try await client.send(
          method, ticket + path, json: moment.map { body.with("ifUpdatedAt", $0) } ?? body,
          headers: tag.map { [("If-Match", $0)] } ?? [])
      }
      for (tag, moment): (String?, JSON?) in [
        (old, nil), ("W/\(old)", nil), ("\"x\", \(old)", nil), ("\"\"", nil), (nil, oldMoment),
        (new, oldMoment), (old, newMoment), ("*", oldMoment),
      ] {
        let answer = try await send(tag, moment, body)
        #expect(answer.outcome == "412 precondition_failed", "\(tag ?? "") \(moment ?? .null)")
      }
      // The condition is checked last.
      for (tag, moment): (String, JSON) in [("x", .null), (old, "yesterday"), (old, 1)] {
        let answer = try await send(tag, moment, body)
        #expect(answer.outcome == "400 invalid_parameter")
        #expect(answer.fields == [tag == "x" ? "If-Match" : "ifUpdatedAt"])
      }
      let faulty = try await send("x", "x", [:])
      #expect(faulty.fields.prefix(1) == ["If-Match"] && faulty.fields.contains("ifUpdatedAt"))
      let nobody = try await client.send(
        method, "/tickets/\(Subjects.nobody.ticket)\(path)", json: body,
        headers: [("If-Match", "*")])
      #expect(nobody.outcome == "404 not_found")
      #expect(try await tenant.fingerprint() == fingerprint)
      let answer = try await send("W/\"x\", \(new)", newMoment, body)
      #expect([200, 201].contains(answer.status))
    }

    @Test("A refusal that does not depend on the state comes before the condition")
    func order() async throws {
      let tenant = try await Tenant.make()
      let client = try tenant.client
      let ticket = "/tickets/\(try await tenant.makeTicket().id)"
      for (body, outcome): (JSON, String) in [
        (["assigneeId": "nobody"], "404 not_found"), (["status": "GONE"], "400 invalid_parameter"),
        (["ifUpdatedAt": "2026-03-17T09:30:00.000Z"], "400 invalid_parameter"),
        (["subject": "x"], "412 precondition_failed"),
      ] {
        let answer = try await client.send(
          "PATCH", ticket, json: body, headers: [("If-Match", "\"x\"")])
        #expect(answer.outcome == outcome)
      }
    }

    @Test("No change is lost when several clients read, change and write at the same moment")
    func lostUpdates() async throws {
      let tenant = try await Tenant.make(rateLimit: 10_000)
      let ticket = "/tickets/\(try await tenant.makeTicket().id)"
      try await atOnce(8) { writer in
        let client = try writer.isMultiple(of: 2) ? tenant.client : tenant.otherClient
        var outcome = ""
        while outcome != "200" {
          let read = try await client.get(ticket)
          let tags = (read.json["tags"]?.items ?? []) + [.string("tag \(writer)")]
          outcome = try await client.send(
            "PATCH", ticket, json: ["tags": .array(tags)],
            headers: [("If-Match", read.header("ETag") ?? "")]
          ).outcome
          #expect(["200", "412 precondition_failed"].contains(outcome))
        }
      }
      #expect(try await tenant.client.get(ticket).json["tags"]?.items?.count == 8)
    }

    @Test(
      "A request sent again with its Idempotency-Key gets its first answer, whatever has changed")
    func replay() async throws {
      let tenant = try await Tenant.make()
      let client = try tenant.client
      let id = try await tenant.makeTicket().id
      let tag = try await tag(client.get("/tickets/\(id)"))
      for isReplay in [false, true] {
        let answer = try await client.send(
          "POST", "/tickets/\(id)/comments",
          json: ["content": "Once", "authorEmail": "a@example.com"],
          headers: [("If-Match", tag), ("Idempotency-Key", "once")])
        #expect(answer.status == 201)
        #expect((answer.header("Idempotency-Replayed") == "true") == isReplay)
      }
    }
  }
}
