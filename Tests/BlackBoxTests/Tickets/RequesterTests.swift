import Testing

extension TacoHelp {
  @Suite("People who write in") struct RequesterTests {
    @Test("An unknown address makes a client named after its local part")
    func new() async throws {
      let tenant = try await Tenant.make()
      let creator = try await tenant.makeTicket(["createdByEmail": "Dev.One@Example.com"])[
        "createdBy"]
      #expect(creator?["name"] == "Dev.One")
      #expect(creator?["email"] == "Dev.One@Example.com")
      #expect(creator?["role"] == "client")
      let ticket = try await tenant.makeTicket()
      let author = try await tenant.makeComment(ticket.id)["author"]
      #expect(author?["name"] == "dev")
      #expect(author?["role"] == "client")
    }

    @Test("A known address is found without regard to case, and stays as first seen")
    func known() async throws {
      let tenant = try await Tenant.make()
      let first = try await tenant.makeTicket(["createdByEmail": "Sam@Example.com"])
      let second = try await tenant.makeTicket(["createdByEmail": "sAM@eXAMPLE.COM"])
      #expect(second["createdBy"] == first["createdBy"])
      let comment = try await tenant.client.post(
        "/tickets/\(first.id)/comments", ["content": "x", "authorEmail": "SAM@EXAMPLE.COM"])
      #expect(comment.json["author"] == first["createdBy"])
    }

    @Test("An agent who writes in stays an agent with the agent's name")
    func agent() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket(["createdByEmail": "AGENT@taco.example"])
      #expect(ticket["createdBy"]?.id == tenant.agent)
      #expect(ticket["createdBy"]?["name"] == "Ada Agent")
      #expect(ticket["createdBy"]?["role"] == "agent")
    }

    @Test("Many requests at once with the same new address make one user")
    func concurrent() async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket()
      let clients = [try tenant.client, try tenant.otherClient]
      let ids = try await withThrowingTaskGroup(of: String?.self) { group in
        for index in 0..<40 {
          group.addTask {
            let email: JSON = index % 2 == 0 ? "new@example.com" : "NEW@Example.com"
            let client = clients[index / 2 % 2]
            if index % 4 == 3 {
              let answer = try await client.post(
                "/tickets/\(ticket.id)/comments", ["content": "x", "authorEmail": email])
              #expect(answer.status == 201)
              return answer.json["author"]?.id
            }
            let answer = try await client.post(
              "/tickets", ["subject": "x", "description": "y", "createdByEmail": email])
            #expect(answer.status == 201)
            return answer.json["createdBy"]?.id
          }
        }
        return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      let users = try await tenant.stage.sql.int(
        """
        select count(*) from helpdesk.users
         where org_id = '\(tenant.id)' and lower(email) = 'new@example.com'
        """)
      #expect(users == 1)
    }

    @Test(
      "An address in other clothes is refused by name, and makes nobody",
      arguments: [
        "<a@x.example>", "mailto:a@x.example", "a\u{200b}@x.example", "a@x.example\u{feff}",
      ])
    func clothes(email: String) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let before = try await tenant.fingerprint()
      for (path, member, body) in [
        (
          "/tickets", "createdByEmail",
          ["subject": "s", "description": "d", "createdByEmail": .string(email)]
        ),
        (
          "/tickets/\(subjects.ticket)/comments", "authorEmail",
          ["content": "c", "authorEmail": .string(email)]
        ),
        (
          "/chat/conversations", "visitorEmail",
          ["visitorName": "v", "visitorEmail": .string(email)]
        ),
      ] as [(String, String, JSON)] {
        let answer = try await tenant.client.post(path, body)
        #expect(answer.outcome == "400 invalid_parameter")
        #expect(answer.fields == [member])
      }
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("A refused request makes no user")
    func refused() async throws {
      let tenant = try await Tenant.make()
      let before = try await tenant.fingerprint()
      _ = try await tenant.client.post(
        "/tickets", ["subject": "", "description": "x", "createdByEmail": "new@example.com"])
      _ = try await tenant.client.post(
        "/tickets/\(Subjects.nobody.ticket)/comments",
        ["content": "x", "authorEmail": "new@example.com"])
      #expect(try await tenant.fingerprint() == before)
    }
  }
}
