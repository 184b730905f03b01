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

  @Test("one of twenty people who use a link at the same moment succeeds")
  func once() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("b@example.com")
      let token = try await fixture.link(account.user)
      let hashes = try await atOnce(20) { index in
        let hash = "$scrypt$\(index)"
        return try await accept(token, fixture, hash: hash) == nil ? nil : hash
      }.compactMap { $0 }
      #expect(hashes.count == 1)
      let stored = try await fixture.psql("select password_hash from helpdesk.users")
      #expect(stored == hashes.first)
      #expect(try await fixture.psql("select count(*) from helpdesk.sessions") == "1")
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
        try await fixture.psql(
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
        _ = try await OperatorFunctions(fixture.pool).inviteUser(user.rawValue)
      }
      #expect(try await hours() == "24\n168")
    }
  }

  @Test("a link is good in its own organization only, and not for a client")
  func foreign() async throws {
    try await Fixture.with { fixture in
      let token = try await fixture.link(try await fixture.account("b@example.com").user)
      let other = try await fixture.organization(named: "B")
      let moved = try #require(
        try InvitationToken(
          parsing: token.text.replacing(fixture.organization.rawValue, with: other)))
      #expect(try await InvitationStore(fixture.pool).find(moved) == nil)
      #expect(try await accept(moved, fixture) == nil)
      try await fixture.psql("update helpdesk.users set role = 'client'")
      #expect(try await accept(token, fixture) == nil)
      try await fixture.psql("update helpdesk.users set role = 'agent'")
      #expect(try await accept(token, fixture) != nil)
    }
  }
}

extension Fixture {
  /// A link as an operator makes it.
  func link(_ user: UserID) async throws -> InvitationToken {
    let path = try await OperatorFunctions(pool).inviteUser(user.rawValue)
    return try #require(try InvitationToken(parsing: path.dropFirst("/invitations/".count)))
  }
}
