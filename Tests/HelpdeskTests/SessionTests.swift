import TestSupport
import Testing

@testable import Helpdesk

@Suite("Sessions") struct SessionTests {
  @Test(
    "a session ends when idle, when old, and with its user's rights",
    arguments: [
      "update helpdesk.sessions set last_seen_at = last_seen_at - interval '12 hours'",
      "update helpdesk.sessions set created_at = created_at - interval '7 days'",
      "update helpdesk.users set role = 'client'",
      "update helpdesk.users set password_hash = null",
      "delete from helpdesk.users",
    ])
  func end(sql: String) async throws {
    try await Fixture.with { fixture in
      let (token, session) = try await fixture.session(try await fixture.account("ada@example.com"))
      let store = SessionStore(fixture.pool)
      #expect(try await store.list(token) == [session])
      try await fixture.psql(sql)
      #expect(try await store.find(token, in: session.organization) == nil)
      #expect(try await store.list(token).isEmpty)
    }
  }

  @Test("a request keeps a session alive, and writes at most once a minute")
  func use() async throws {
    try await Fixture.with { fixture in
      let (token, session) = try await fixture.session(try await fixture.account("ada@example.com"))
      let store = SessionStore(fixture.pool)
      let seen = "select last_seen_at from helpdesk.sessions"
      let before = try await fixture.psql(seen)
      _ = try await store.find(token, in: session.organization)
      #expect(try await fixture.psql(seen) == before)
      try await fixture.psql(
        "update helpdesk.sessions set last_seen_at = last_seen_at - interval '11 hours'")
      #expect(try await store.find(token, in: session.organization) != nil)
      let isFresh = "select last_seen_at > now() - interval '1 minute' from helpdesk.sessions"
      #expect(try await fixture.psql(isFresh) == "t")
    }
  }

  /// The ways in which all sessions of a user end.
  enum Ending: CaseIterable { case signOutEverywhere, anOperator, newPassword, link }

  @Test(
    "ending all ends whatever else the user's devices are signed in to, and nobody else's sessions",
    arguments: Ending.allCases)
  func endAll(_ ending: Ending) async throws {
    try await Fixture.with { fixture in
      let accounts = try await both(fixture)
      let store = SessionStore(fixture.pool)
      let (own, lost, apart, successor) = (
        try SessionToken.make(), try SessionToken.make(), try SessionToken.make(),
        try SessionToken.make()
      )
      for token in [own, lost] { _ = try await store.create(token, for: accounts) }
      _ = try await store.create(apart, for: [accounts[1]])
      let (bystander, _) = try await fixture.session(try await fixture.account("bob@example.com"))
      let link = try await fixture.link(accounts[0].user)
      func accept() async throws {
        try await InvitationStore(fixture.pool).accept(
          link, passwordHash: "$scrypt$new", session: successor, from: "192.0.2.1")
      }
      var (action, isLeft) = ("user.password_changed", ["Acme", "Beta"])
      switch ending {
      case .signOutEverywhere:
        let session = try #require(try await store.find(own, in: accounts[0].organization))
        try await store.deleteAll(of: session, from: "192.0.2.1")
        (action, isLeft) = ("user.signed_out_everywhere", [])
      case .anOperator:
        try await fixture.psql("select ops.end_sessions('\(accounts[0].user)')")
        (action, isLeft) = ("user.sessions_ended", [])
        await #expect(throws: (any Error).self) {
          try await fixture.psql("select ops.end_sessions('nobody')")
        }
      case .newPassword:
        try await StaffAccountStore(fixture.pool).update(
          accounts[0], passwordHash: "$scrypt$new", replacing: own, by: successor,
          from: "192.0.2.1")
        await #expect(throws: HelpdeskError.notFound("invitation")) { try await accept() }
      case .link:
        try await accept()
        isLeft = ["Acme"]
      }
      for gone in [own, lost] { #expect(try await store.list(gone).isEmpty) }
      #expect(try await store.list(successor).map(\.organizationName) == isLeft)
      // A device that was never signed in to the first organization is not affected.
      #expect(try await store.list(apart).map(\.organizationName) == ["Beta"])
      #expect(try await store.list(bystander).count == 1)
      // A sign-in whose password was checked before comes too late.
      #expect(try await store.create(.make(), for: [accounts[0]]).isEmpty)
      let event = try await AuditTrail(fixture.pool).list(
        fixture.organization, before: nil, limit: 1
      ).first
      #expect(event?.action == action)
      #expect(event?.address == (ending == .anOperator ? nil : "192.0.2.1"))
      try await store.delete(successor)
      #expect(try await store.list(successor).isEmpty)
    }
  }

  /// Two organizations with one account each, with the same e-mail and password.
  private func both(_ fixture: Fixture) async throws -> [StaffAccount] {
    let other = try await fixture.organization(named: "Beta")
    return [
      try await fixture.account("ada@example.com"),
      try await fixture.account("ada@example.com", in: other),
    ]
  }

  @Test("a user's newest sessions are kept")
  func newest() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      let store = SessionStore(fixture.pool)
      var tokens: [SessionToken] = []
      for _ in 0..<22 {
        tokens.append(try await fixture.session(account).token)
      }
      var kept = 0
      for token in tokens where try await !store.list(token).isEmpty { kept += 1 }
      #expect(kept == 20)
      for token in tokens.prefix(2) { #expect(try await store.list(token).isEmpty) }
    }
  }

  @Test("accounts in use come first among many with one e-mail")
  func squatters() async throws {
    try await Fixture.with { fixture in
      for index in 0..<6 {
        let other = try await fixture.organization(named: "S\(index)")
        _ = try await fixture.account("ada@example.com", in: other)
        // Invited, and so without a password that could be tried.
        let another = try await fixture.organization(named: "I\(index)")
        _ = try await fixture.psql(
          "select ops.create_user('\(another)', 'ada@example.com', 'Ada', 'agent')")
      }
      let account = try await fixture.account("ada@example.com")
      let (accounts, email) = (
        StaffAccountStore(fixture.pool), try fixture.email("ada@example.com")
      )
      #expect(try await !accounts.find(email: email).contains(account))
      #expect(try await accounts.find(email: email, in: account.organization) == [account])
      _ = try await fixture.session(account)
      let found = try await accounts.find(email: email)
      #expect(found.count == 5)
      #expect(found.first == account)
    }
  }

  @Test("signing in, out and out everywhere at once, nobody waits in a circle")
  func atOnce() async throws {
    try await Fixture.with { fixture in
      let accounts = try await both(fixture)
      let (store, staff) = (SessionStore(fixture.pool), StaffAccountStore(fixture.pool))
      let email = try fixture.email("ada@example.com")
      let first = try SessionToken.make()
      _ = try await store.create(first, for: accounts)
      let sessions = try await store.list(first)
      try await TestSupport.atOnce(60) { index in
        let token = try SessionToken.make()
        let found = try await staff.find(email: email)
        _ = try await store.create(token, for: index % 2 == 0 ? found : found.reversed())
        if index % 3 == 0 {
          try await store.deleteAll(of: sessions[index % sessions.count], from: nil)
        } else {
          try await store.delete(token)
        }
      }
      let left = try await fixture.psql(
        """
        select count(*) from helpdesk.sessions s
          join helpdesk.users u on u.org_id = s.org_id and u.id = s.user_id
         where s.epoch = u.sessions_epoch
        """)
      #expect(left == "0")
    }
  }
}
