import TestSupport
import Testing

extension TacoHelp {
  @Suite("Members at the edge of what is allowed") struct LimitTests {
    @Test(
      "A text of exactly the limit's code points passes, and comes back as it was sent",
      arguments: ["x", "😀", "e\u{301}", "字"])
    func longest(character: String) async throws {
      func text(_ count: Int) -> JSON {
        let repeated = String(repeating: character, count: count)
        return .string(String(String.UnicodeScalarView(repeated.unicodeScalars.prefix(count))))
      }
      let tenant = try await Tenant.make()
      let tags = JSON.array((10..<30).map { .string("\($0)" + text(48).string!) })
      let ticket = try await tenant.makeTicket([
        "subject": text(200), "description": text(50_000), "tags": tags,
      ])
      #expect(ticket["subject"] == text(200))
      #expect(ticket["description"] == text(50_000))
      #expect(ticket["tags"] == tags)
      let comment = try await tenant.makeComment(ticket.id, text(50_000).string!)
      #expect(comment["content"] == text(50_000))
      let chat = try await tenant.client.post("/chat/conversations", ["visitorName": text(200)])
      #expect(chat.json["visitorName"] == text(200))
      let message = try await tenant.makeMessage(chat.json.id, text(10_000).string!)
      #expect(message["content"] == text(10_000))
    }

    @Test("White space around subject, tags, names and e-mails is removed, and does not count")
    func trimming() async throws {
      let tenant = try await Tenant.make()
      let long = String(repeating: "x", count: 200)
      let ticket = try await tenant.makeTicket([
        "subject": .string(" \t\u{3000}\(long)\u{a0}\n"), "tags": [" a ", "a", "\tb b\n"],
        "createdByEmail": "  Client@Example.com \n", "description": "  kept \n",
      ])
      #expect(ticket["subject"]?.string == long)
      #expect(ticket["tags"] == ["a", "b b"])
      #expect(ticket["createdBy"]?["email"] == "Client@Example.com")
      #expect(ticket["description"] == "  kept \n")
      let chat = try await tenant.client.post(
        "/chat/conversations", ["visitorName": "  Sam ", "visitorEmail": " sam@example.com "])
      #expect(chat.json["visitorName"] == "Sam")
      #expect(chat.json["visitorEmail"] == "sam@example.com")
      #expect(try await tenant.makeComment(ticket.id, " a\n")["content"] == " a\n")
      #expect(try await tenant.makeMessage(chat.json.id, "\tb ")["content"] == "\tb ")
      let patched = try await tenant.client.patch("/tickets/\(ticket.id)", ["subject": "  New "])
      #expect(patched.json["subject"] == "New")
    }

    @Test(
      "Text comes back byte for byte",
      arguments: [
        "caf\u{e9} and cafe\u{301}", "👩‍👩‍👧‍👦🏳️‍🌈", "\"\\/\u{8}\u{c}\n\r\t",
        "\u{1}\u{1f}\u{7f}\u{80}\u{9f}",
        "\u{2028}\u{2029}\u{feff}", "</script><!--&amp;", "שלום عربى \u{202e}abc",
        "\u{fffe}\u{1f9ff}",
        "'; drop table helpdesk.tickets; --", "%s %n {} ${x} \\x00 \\u0000 $1",
      ])
    func fidelity(text: String) async throws {
      let tenant = try await Tenant.make()
      let sent = JSON.string("x\(text)x")
      let ticket = try await tenant.makeTicket([
        "subject": sent, "description": sent, "tags": [sent],
      ])
      _ = try await tenant.makeComment(ticket.id, sent.string!)
      let found = try await tenant.client.get("/tickets/\(ticket.id)").json
      #expect(found["subject"] == sent)
      #expect(found["description"] == sent)
      #expect(found["tags"] == [sent])
      #expect(found["comments"]?[0]?["content"] == sent)
      let event = try await tenant.events(ofTicket: ticket.id).first
      #expect(event?.data["ticket"]?["description"] == sent)
    }

    @Test("Duplicate tags are dropped, the order is kept, and tags are counted after that")
    func tags() async throws {
      let tenant = try await Tenant.make()
      let names = (1...20).map { "tag \($0)" }
      let ticket = try await tenant.makeTicket([
        "tags": .array((names + names.reversed() + ["tag 1"]).map { .string($0) })
      ])
      #expect(ticket["tags"] == .array(names.map { .string($0) }))
      let patched = try await tenant.client.patch(
        "/tickets/\(ticket.id)", ["tags": ["z", "a", "z", "m", "a"]])
      #expect(patched.json["tags"] == ["z", "a", "m"])
      #expect(
        try await tenant.client.patch("/tickets/\(ticket.id)", ["tags": []]).json["tags"] == [])
    }

    @Test("Optional members may be null, unknown ones are ignored")
    func optional() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket([
        "priority": nil, "tags": nil, "status": "CLOSED", "ticketNumber": 99, "id": "x",
        "zzz": ["deep": [1, 2.5, nil, ["a": true]]],
      ])
      #expect(ticket["priority"] == "MEDIUM")
      #expect(ticket["tags"] == [])
      #expect(ticket["status"] == "OPEN")
      #expect(ticket["ticketNumber"] == 1)
      let chat = try await tenant.client.post(
        "/chat/conversations", ["visitorName": "Sam", "visitorEmail": " "])
      #expect(chat.json["visitorEmail"] == .null)
      let message = try await tenant.client.post(
        "/chat/conversations/\(chat.json.id)/messages",
        ["content": "x", "senderType": "visitor", "senderId": nil])
      #expect(message.status == 201)
    }

    @Test(
      "E-mail addresses that look odd are still addresses",
      arguments: [
        "a@b.c", "dév@exämple.com", "o'brien+tag@sub.example.co.uk", "\"quoted\"@example.com",
        "x@[127.0.0.1]", "\(String(repeating: "a", count: 242))@example.com",
      ])
    func emails(address: String) async throws {
      let ticket = try await Tenant.make().makeTicket(["createdByEmail": .string(address)])
      #expect(ticket["createdBy"]?["email"]?.string == address)
      #expect(ticket["createdBy"]?["name"]?.string == String(address.prefix { $0 != "@" }))
    }

    @Test("Every priority can be given", arguments: ["LOW", "MEDIUM", "HIGH", "URGENT"])
    func priority(word: String) async throws {
      #expect(
        try await Tenant.make().makeTicket(["priority": .string(word)])["priority"]?.string == word)
    }
  }
}
