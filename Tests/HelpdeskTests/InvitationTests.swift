import Cryptography
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Links to set a password") struct InvitationTests {
  private func accept(_ token: InvitationToken, _ fixture: Fixture, hash: String = "$scrypt$new")
    async throws -> SessionToken?
  {
    let session = try SessionToken.make()
    do {
      try await InvitationStore(fixture.pool).accept(
        token, passwordHash: hash, session: session, from: "192.0.2.9")
    } catch HelpdeskError.notFound("invitation") {
      return nil
    }
    return session
  }

  @Test("a link sets a first password, signs in, and is on the trail; only its hash is stored")
  func join() async throws {
    try await Fixture.with { fixture in
      let (_, admin) = try await fixture.session(try await fixture.account("b@example.com"))
      let link = try await PersonStore(fixture.pool).invite(
        fixture.draft(), by: admin, from: "192.0.2.1")
      let stored = try await fixture.database.psql("select i::text from helpdesk.invitations i")
      #expect(!stored.contains(link.token.text.suffix(43)))
      let invitations = InvitationStore(fixture.pool)
      let found = try await invitations.find(link.token)
      #expect(
        found
          == Invitation(
            organizationName: "Acme", userName: "Jo", email: "jo@example.com", isFirst: true))
      let token = try #require(try await accept(link.token, fixture))
      let session = try await SessionStore(fixture.pool).find(token, in: fixture.organization)
      #expect(session?.user == link.user)
      #expect(session?.role == .agent)
      #expect(try await invitations.find(link.token) == nil)
      #expect(try await accept(link.token, fixture) == nil)
      let hours = try await fixture.database.psql(
        """
        select actor_name, action, detail, address from ops.audit_trail
         where target_id = '\(link.user)' order by id
        """)
      #expect(
        hours == "Ada|user.invited|agent|192.0.2.1\nJo|user.joined||192.0.2.9")
    }
  }

  @Test("of twenty who use a link at the same moment, one does")
  func once() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("b@example.com")
      let token = try await fixture.link(account.user)
      let hashes = try await withThrowingTaskGroup(of: String?.self) { group in
        for index in 0..<20 {
          let hash = "$scrypt$\(index)"
          group.addTask { try await accept(token, fixture, hash: hash) == nil ? nil : hash }
        }
        return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
      }
      #expect(hashes.count == 1)
      let stored = try await fixture.database.psql("select password_hash from helpdesk.users")
      #expect(stored == hashes.first)
      #expect(try await fixture.database.psql("select count(*) from helpdesk.sessions") == "1")
    }
  }

  @Test("another password ends every session; the one before holds until then")
  func password() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("b@example.com")
      let (old, session) = try await fixture.session(account)
      let (bystander, _) = try await fixture.session(try await fixture.account("c@example.com"))
      let token = try await fixture.link(account.user)
      let (sessions, organization) = (SessionStore(fixture.pool), fixture.organization)
      #expect(try await InvitationStore(fixture.pool).find(token)?.isFirst == false)
      #expect(try await sessions.find(old, in: organization) == session)
      let new = try #require(try await accept(token, fixture))
      #expect(try await sessions.find(old, in: organization) == nil)
      #expect(try await sessions.find(new, in: organization) == session)
      #expect(try await sessions.find(bystander, in: organization) != nil)
      // Whoever knew the old password, and was checked with it before, comes too late.
      #expect(try await sessions.create(.make(), for: [account]).isEmpty)
      let actions = try await AuditTrail(fixture.pool).list(organization, before: nil, limit: 9)
        .map(\.action)
      #expect(actions.prefix(2) == ["user.password_changed", "user.link_made"])
    }
  }

  @Test(
    "a link that is too old, withdrawn, replaced, or whose user may not sign in, does nothing",
    arguments: [
      "update helpdesk.invitations set created_at = now() - interval '8 days', expires_at = now()",
      "delete from helpdesk.invitations",
      "update helpdesk.users set role = 'client' where email = 'jo@example.com'",
      "select ops.invite_user(id) from helpdesk.users where email = 'jo@example.com'",
    ])
  func dead(sql: String) async throws {
    try await Fixture.with { fixture in
      let (_, admin) = try await fixture.session(try await fixture.account("b@example.com"))
      let link = try await PersonStore(fixture.pool).invite(
        fixture.draft(), by: admin, from: nil)
      try await fixture.database.psql(sql)
      #expect(try await InvitationStore(fixture.pool).find(link.token) == nil)
      #expect(try await accept(link.token, fixture) == nil)
      let hash = try await fixture.database.psql(
        "select coalesce(password_hash, 'none') from helpdesk.users where id = '\(link.user)'")
      #expect(hash == "none")
    }
  }

  @Test("another password signs the devices that were signed in out of all organizations")
  func devices() async throws {
    try await Fixture.with { fixture in
      let other = try await Operations(fixture.pool).createOrganization(name: "Beta", plan: "pro")
      let accounts = [
        try await fixture.account("b@example.com"),
        try await fixture.account("b@example.com", in: other),
      ]
      let (store, lost, apart) = (
        SessionStore(fixture.pool), try SessionToken.make(), try SessionToken.make()
      )
      _ = try await store.create(lost, for: accounts)
      _ = try await store.create(apart, for: [accounts[1]])
      let new = try #require(try await accept(try await fixture.link(accounts[0].user), fixture))
      #expect(try await store.list(lost).isEmpty)
      #expect(try await store.list(apart).map(\.organizationName) == ["Beta"])
      #expect(try await store.list(new).map(\.organizationName) == ["Acme"])
    }
  }

  @Test("a password is not tried on accounts of invited people who have none yet")
  func notTried() async throws {
    try await Fixture.with { fixture in
      let operations = Operations(fixture.pool)
      for index in 0..<5 {
        let other = try await operations.createOrganization(name: "S\(index)", plan: "pro")
        let user = try await operations.createUser(
          org: other, email: "b@example.com", name: "B", role: "agent", passwordHash: nil)
        _ = try await operations.inviteUser(user)
      }
      let account = try await fixture.account("b@example.com")
      let found = try await StaffAccountStore(fixture.pool).find(
        email: try fixture.email("b@example.com"))
      #expect(found == [account])
    }
  }

  @Test("who changes the password makes a link to set one void")
  func changed() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("b@example.com")
      let token = try await fixture.link(account.user)
      let accounts = StaffAccountStore(fixture.pool)
      let (own, _) = try await fixture.session(account)
      try await accounts.update(
        account, passwordHash: "$scrypt$own", replacing: own, by: .make(), from: nil)
      #expect(try await accept(token, fixture) == nil)
    }
  }

  @Test("a link lasts 7 days for a first password, 24 hours for another, and one form makes one")
  func time() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("b@example.com")
      let (_, admin) = try await fixture.session(account)
      let store = PersonStore(fixture.pool)
      let invited = try await store.invite(fixture.draft(), by: admin, from: nil)
      func make(_ user: UserID, _ submission: String) async throws -> Person.Link {
        try await store.makeLink(for: user, submission: submission, by: admin, from: nil)
      }
      _ = try await make(account.user, "0123456789abcdef")
      await #expect(throws: HelpdeskError.doneBefore) {
        try await make(account.user, "0123456789abcdef")
      }
      func hours() async throws -> String {
        try await fixture.database.psql(
          """
          select extract(epoch from expires_at - created_at)::int / 3600 from helpdesk.invitations
           order by 1
          """)
      }
      #expect(try await hours() == "24\n168")
      let again = try await make(invited.user, "fedcba9876543210")
      #expect(try await hours() == "24\n168")
      let invitations = InvitationStore(fixture.pool)
      #expect(try await invitations.find(invited.token) == nil)
      #expect(try await invitations.find(again.token) != nil)
      for user in [account.user, invited.user] {
        _ = try await Operations(fixture.pool).inviteUser(user.rawValue)
      }
      #expect(try await hours() == "24\n168")
    }
  }

  @Test("a link is good in its own organization only")
  func foreign() async throws {
    try await Fixture.with { fixture in
      let token = try await fixture.link(try await fixture.account("b@example.com").user)
      let other = try await Operations(fixture.pool).createOrganization(name: "B", plan: "pro")
      let moved = try #require(
        try InvitationToken(
          parsing: token.text.replacing(fixture.organization.rawValue, with: other)))
      #expect(try await InvitationStore(fixture.pool).find(moved) == nil)
      #expect(try await accept(moved, fixture) == nil)
      #expect(try await accept(token, fixture) != nil)
    }
  }

  @Test(
    "what has not the form of a token is none",
    arguments: ["", ".", "x", "c.x", "c12345678abcdef0123456789.", "a.b.c"])
  func form(text: String) throws {
    #expect(try InvitationToken(parsing: text) == nil)
    #expect(
      try InvitationToken(parsing: "\(text)\(String(repeating: "A", count: 43))") == nil
        || text.utf8.count == 26)
  }
}

extension Fixture {
  /// A link as an operator makes it.
  func link(_ user: UserID) async throws -> InvitationToken {
    let path = try await Operations(pool).inviteUser(user.rawValue)
    return try #require(try InvitationToken(parsing: path.dropFirst("/invitations/".count)))
  }
}
