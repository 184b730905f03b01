import TestSupport
import Testing

extension TacoHelp {
  @Suite("People who write in") struct RequesterTests {
    @Test("An unknown address makes a client named after it; known, it is found in any case")
    func known() async throws {
      let tenant = try await Tenant.make()
      let first = try await tenant.makeTicket(["createdByEmail": "Dev.One@Example.com"])
      let creator = first["createdBy"]
      #expect(
        creator?.without("id")
          == ["name": "Dev.One", "email": "Dev.One@Example.com", "role": "client"])
      let author = try await tenant.makeComment(first.id)["author"]
      #expect(author?["name"] == "dev")
      #expect(author?["role"] == "client")
      // It stays as first seen.
      let second = try await tenant.makeTicket(["createdByEmail": "dEV.oNE@eXAMPLE.COM"])
      #expect(second["createdBy"] == creator)
      let comment = try await tenant.client.post(
        "/tickets/\(first.id)/comments", ["content": "x", "authorEmail": "DEV.ONE@EXAMPLE.COM"])
      #expect(comment.json["author"] == creator)
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
      let ids = try await atOnce(40) { index in
        let email: JSON = index % 2 == 0 ? "new@example.com" : "NEW@Example.com"
        let client = clients[index / 2 % 2]
        let isComment = index % 4 == 3
        let answer =
          isComment
          ? try await client.post(
            "/tickets/\(ticket.id)/comments", ["content": "x", "authorEmail": email])
          : try await client.post(
            "/tickets", ["subject": "x", "description": "y", "createdByEmail": email])
        #expect(answer.status == 201)
        return answer.json[isComment ? "author" : "createdBy"]?.id
      }
      #expect(Set(ids).count == 1)
      let users = try await tenant.sql.int(
        """
        select count(*) from helpdesk.users
         where org_id = '\(tenant.id)' and lower(email) = 'new@example.com'
        """)
      #expect(users == 1)
    }

  }
}
