import Cryptography
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Sessions") struct SessionTests {
  @Test("a session tells who is signed in, and only the token's hash is stored")
  func create() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      let (token, session) = try await fixture.session(account)
      #expect(session.user == account.user)
      #expect(session.organizationName == "Acme")
      #expect(session.plan == .pro)
      #expect(session.mayChangeSettings)
      let stored = try await fixture.database.psql(
        "select encode(hash, 'hex') = '\(Hex.encode(try SHA256.digest(of: token.text)))', s::text from helpdesk.sessions s"
      )
      #expect(stored.hasPrefix("t|"))
      #expect(!stored.contains(token.text))
      #expect(try SessionToken(parsing: token.text) == token)
      #expect(try SessionToken(parsing: token.text + "x") == nil)
      let other = try await Operations(fixture.pool).createOrganization(name: "B", plan: "pro")
      let store = SessionStore(fixture.pool)
      #expect(try await store.find(token, in: OrganizationID(stored: other)) == nil)
      #expect(try await store.find(.make(), in: account.organization) == nil)
    }
  }

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
      try await fixture.database.psql(sql)
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
      let before = try await fixture.database.psql(seen)
      _ = try await store.find(token, in: session.organization)
      #expect(try await fixture.database.psql(seen) == before)
      try await fixture.database.psql(
        "update helpdesk.sessions set last_seen_at = last_seen_at - interval '11 hours'")
      #expect(try await store.find(token, in: session.organization) != nil)
      let isFresh = "select last_seen_at > now() - interval '1 minute' from helpdesk.sessions"
      #expect(try await fixture.database.psql(isFresh) == "t")
    }
  }

  @Test("one token may be good for several organizations, and ends in all of them")
  func several() async throws {
    try await Fixture.with { fixture in
      let other = try await Operations(fixture.pool).createOrganization(name: "Beta", plan: "free")
      let accounts = [
        try await fixture.account("ada@example.com"),
        try await fixture.account("Ada@example.com", role: "agent", in: other),
      ]
      _ = try await fixture.account("ada@example.org")
      let found = try await StaffAccountStore(fixture.pool).find(
        email: try fixture.email("ADA@example.com"))
      #expect(Set(found.map(\.user)) == Set(accounts.map(\.user)))
      let (store, token) = (SessionStore(fixture.pool), try SessionToken.make())
      #expect(
        try await StaffAccountStore(fixture.pool).find(
          email: try fixture.email("ADA@example.com"), in: OrganizationID(stored: other)
        ).map(\.user) == [accounts[1].user])
      // Sessions ended, or a password changed, since the password was checked.
      var outdated = accounts[1]
      outdated.epoch -= 1
      #expect(try await store.create(.make(), for: [outdated]).isEmpty)
      #expect(try await store.create(token, for: accounts).count == 2)
      #expect(try await store.list(token).map(\.organizationName) == ["Acme", "Beta"])
      #expect(try await store.list(token).map(\.mayChangeSettings) == [true, false])
      try await store.delete(token)
      #expect(try await store.list(token).isEmpty)
    }
  }

  @Test("a new password ends every session of the user but the caller's, and is audited")
  func password() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      let (token, session) = try await fixture.session(account)
      let (second, _) = try await fixture.session(account)
      let (bystander, _) = try await fixture.session(try await fixture.account("bob@example.com"))
      let accounts = StaffAccountStore(fixture.pool)
      #expect(try await accounts.find(session) == account)
      let successor = try SessionToken.make()
      func change(to hash: String) async throws {
        try await accounts.update(
          account, passwordHash: hash, replacing: token, by: successor, from: "192.0.2.1")
      }
      try await change(to: "$scrypt$new")
      await #expect(throws: HelpdeskError.unchanged) { try await change(to: "$scrypt$newer") }
      let store = SessionStore(fixture.pool)
      for gone in [token, second] { #expect(try await store.list(gone).isEmpty) }
      #expect(try await store.find(successor, in: account.organization) == session)
      #expect(try await store.find(bystander, in: account.organization) != nil)
      // Whoever knew the old password, and was checked with it before, comes too late.
      #expect(try await store.create(.make(), for: [account]).isEmpty)
      let events = try await AuditTrail(fixture.pool).list(
        account.organization, AuditTrail.Filter(actor: .person(account.user)), before: nil, limit: 9
      )
      #expect(events.map(\.action) == ["user.password_changed"])
      #expect(events.map(\.address) == ["192.0.2.1"])
    }
  }

  /// Two organizations with an account each, of one e-mail and password.
  private func both(_ fixture: Fixture) async throws -> [StaffAccount] {
    let other = try await Operations(fixture.pool).createOrganization(name: "Beta", plan: "pro")
    return [
      try await fixture.account("ada@example.com"),
      try await fixture.account("ada@example.com", in: other),
    ]
  }

  @Test("a new password signs other devices out of all organizations, and this one out of none")
  func passwordAmongSeveral() async throws {
    try await Fixture.with { fixture in
      let accounts = try await both(fixture)
      let store = SessionStore(fixture.pool)
      let (own, lost, apart) = (
        try SessionToken.make(), try SessionToken.make(), try SessionToken.make()
      )
      for token in [own, lost] { _ = try await store.create(token, for: accounts) }
      _ = try await store.create(apart, for: [accounts[1]])
      let successor = try SessionToken.make()
      try await StaffAccountStore(fixture.pool).update(
        accounts[0], passwordHash: "$scrypt$new", replacing: own, by: successor, from: nil)
      #expect(try await store.list(successor).map(\.organizationName) == ["Acme", "Beta"])
      for gone in [own, lost] { #expect(try await store.list(gone).isEmpty) }
      // A device that was never signed in to the first organization is none of its business.
      #expect(try await store.list(apart).map(\.organizationName) == ["Beta"])
    }
  }

  @Test("signing out everywhere ends a user's sessions, whatever their devices have, nobody else's")
  func everywhere() async throws {
    try await Fixture.with { fixture in
      let accounts = try await both(fixture)
      let store = SessionStore(fixture.pool)
      let (own, lost, apart) = (
        try SessionToken.make(), try SessionToken.make(), try SessionToken.make()
      )
      for token in [own, lost] { _ = try await store.create(token, for: accounts) }
      _ = try await store.create(apart, for: [accounts[1]])
      let (bystander, _) = try await fixture.session(try await fixture.account("bob@example.com"))
      let session = try #require(try await store.find(own, in: accounts[0].organization))
      try await store.deleteAll(of: session, from: nil)
      for gone in [own, lost] { #expect(try await store.list(gone).isEmpty) }
      for kept in [apart, bystander] { #expect(try await store.list(kept).count == 1) }
      #expect(try await store.create(.make(), for: [accounts[0]]).isEmpty)
    }
  }

  @Test("an operator ends all sessions of a user, those being made included")
  func operatorsEnd() async throws {
    try await Fixture.with { fixture in
      let accounts = try await both(fixture)
      let (store, token) = (SessionStore(fixture.pool), try SessionToken.make())
      _ = try await store.create(token, for: accounts)
      try await fixture.database.psql("select ops.end_sessions('\(accounts[0].user)')")
      #expect(try await store.list(token).isEmpty)
      #expect(try await store.create(.make(), for: [accounts[0]]).isEmpty)
      let event = try await AuditTrail(fixture.pool).list(
        accounts[0].organization, before: nil, limit: 1
      ).first
      #expect(event?.action == "user.sessions_ended")
      await #expect(throws: (any Error).self) {
        try await fixture.database.psql("select ops.end_sessions('nobody')")
      }
    }
  }

  @Test("of a user's sessions the newest are kept")
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

  @Test("of many accounts of an e-mail those come first that are in use")
  func squatters() async throws {
    try await Fixture.with { fixture in
      for index in 0..<6 {
        let other = try await Operations(fixture.pool).createOrganization(
          name: "S\(index)", plan: "pro")
        _ = try await fixture.account("ada@example.com", in: other)
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
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<60 {
          group.addTask {
            let token = try SessionToken.make()
            let found = try await staff.find(email: email)
            _ = try await store.create(token, for: index % 2 == 0 ? found : found.reversed())
            if index % 3 == 0 {
              try await store.deleteAll(of: sessions[index % sessions.count], from: nil)
            } else {
              try await store.delete(token)
            }
          }
        }
        try await group.waitForAll()
      }
      let left = try await fixture.database.psql(
        """
        select count(*) from helpdesk.sessions s
          join helpdesk.users u on u.org_id = s.org_id and u.id = s.user_id
         where s.epoch = u.sessions_epoch
        """)
      #expect(left == "0")
    }
  }
}
