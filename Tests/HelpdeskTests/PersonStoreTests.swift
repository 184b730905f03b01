import TestSupport
import Testing

@testable import Helpdesk

@Suite("The staff of an organization") struct PersonStoreTests {
  @Test("the list is by name, in pages, without clients, and says who has access")
  func list() async throws {
    try await Fixture.with { fixture in
      let session = try await fixture.admin("b@example.com")
      let operations = OperatorFunctions(fixture.pool)
      for (name, role) in [("Zed", "agent"), ("aaron", "agent"), ("Client", "client")] {
        _ = try await operations.createUser(
          org: fixture.organization.rawValue, email: "\(name)@example.com", name: name, role: role,
          passwordHash: nil)
      }
      let store = PersonStore(fixture.pool)
      let link = try await store.invite(fixture.draft(), by: session, from: nil)
      let people = try await store.list(fixture.organization, limit: 9)
      #expect(people.map(\.name) == ["aaron", "Ada", "Jo", "Zed"])
      #expect(people.map(\.state) == [.noAccess, .active, .invited, .noAccess])
      #expect(people.map(\.linkUntil) == [nil, nil, link.until, nil])
      #expect(people.map { $0.lastSeenAt != nil } == [false, true, false, false])
      var paged: [Person] = []
      while let page = try await store.list(
        fixture.organization, after: paged.last?.id, limit: 1
      ).first {
        paged.append(page)
      }
      #expect(paged == people)
      try await fixture.psql(
        "update helpdesk.invitations set created_at = now() - interval '8 days', expires_at = now()"
      )
      #expect(try await store.find(link.user, in: fixture.organization)?.state == .expired)
    }
  }

  @Test("admins who lose role or access lose the links that they made", arguments: [false, true])
  func links(losesAccess: Bool) async throws {
    try await Fixture.with { fixture in
      let admin = try await fixture.admin("b@example.com")
      let other = try await fixture.admin("c@example.com")
      let store = PersonStore(fixture.pool)
      _ = try await store.makeLink(for: admin.user, submission: "x", by: other, from: nil)
      _ = try await store.invite(fixture.draft("kept@x.example"), by: admin, from: nil)
      _ = try await store.invite(fixture.draft("gone@x.example"), by: other, from: nil)
      if losesAccess {
        try await store.removeAccess(of: other.user, by: admin, from: nil)
      } else {
        try await store.change(other.user, to: .agent, by: admin, from: nil)
      }
      let left = try await fixture.psql(
        """
        select u.email from helpdesk.invitations i
          join helpdesk.users u on u.org_id = i.org_id and u.id = i.user_id
        """)
      #expect(left == "kept@x.example")
    }
  }

  @Test("losing access ends password, sessions and links, and keeps the person")
  func removal() async throws {
    try await Fixture.with { fixture in
      let admin = try await fixture.admin("b@example.com")
      let account = try await fixture.account("a@example.com", role: "agent")
      let (token, agent) = try await fixture.session(account)
      let store = PersonStore(fixture.pool)
      let link = try await store.makeLink(
        for: agent.user, submission: "0123456789abcdef", by: admin, from: nil)
      try await store.removeAccess(of: agent.user, by: admin, from: nil)
      #expect(try await SessionStore(fixture.pool).find(token, in: agent.organization) == nil)
      #expect(try await InvitationStore(fixture.pool).find(link.token) == nil)
      // Nor with a password given anew, whoever was checked with the one before.
      try await fixture.psql(
        "update helpdesk.users set password_hash = '$scrypt$a' where id = '\(agent.user)'")
      #expect(try await SessionStore(fixture.pool).create(.make(), for: [account]).isEmpty)
      try await fixture.psql(
        "update helpdesk.users set password_hash = null where id = '\(agent.user)'")
      let left = try await fixture.psql(
        "select count(*) from helpdesk.sessions where user_id = '\(agent.user)'")
      #expect(left == "0")
      #expect(try await store.find(agent.user, in: agent.organization)?.state == .noAccess)
    }
  }

  @Test("the last admin with access keeps role and access, even if admins are invited")
  func lastAdmin() async throws {
    try await Fixture.with { fixture in
      let admin = try await fixture.admin("b@example.com")
      let store = PersonStore(fixture.pool)
      _ = try await store.invite(
        Person.Draft(name: "Jo", email: try fixture.email("jo@example.com"), role: .admin),
        by: admin, from: nil)
      await #expect(throws: HelpdeskError.unchanged) {
        try await store.change(admin.user, to: .agent, by: admin, from: nil)
      }
      await #expect(throws: HelpdeskError.unchanged) {
        try await store.removeAccess(of: admin.user, by: admin, from: nil)
      }
      _ = try await fixture.account("c@example.com")
      try await store.change(admin.user, to: .agent, by: admin, from: nil)
    }
  }

  @Test("one is left of admins who take each other's role and access at once", arguments: 1...3)
  func concurrently(round: Int) async throws {
    try await Fixture.with { fixture in
      var admins: [Session] = []
      for index in 0..<8 {
        admins.append(
          try await fixture.session(try await fixture.account("\(index)@example.com")).session)
      }
      let store = PersonStore(fixture.pool)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, admin) in admins.enumerated() {
          // Half of them their own, half of them their neighbour's.
          let target = round == 1 ? admin : admins[(index + round - 1) % admins.count]
          group.addTask {
            do {
              if index.isMultiple(of: 2) {
                try await store.change(target.user, to: .agent, by: admin, from: nil)
              } else {
                try await store.removeAccess(of: target.user, by: admin, from: nil)
              }
            } catch HelpdeskError.notAllowed, HelpdeskError.unchanged {}
          }
        }
        try await group.waitForAll()
      }
      let left = try await fixture.psql(
        """
        select count(*) from helpdesk.users where role = 'admin' and password_hash is not null
        """)
      #expect((1...4).contains(Int(left) ?? 0))
      if round == 1 { #expect(left == "1") }
    }
  }
}

extension Fixture {
  /// An agent to be invited.
  func draft(_ email: String = "jo@example.com") -> Person.Draft {
    Person.Draft(name: "Jo", email: EmailAddress(email) ?? .unknown, role: .agent)
  }
}
