import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("The audit trail") struct AuditTrailTests {
  @Test("what operators do is on it, each change once, and what changes nothing is not")
  func operators() async throws {
    try await Fixture.with { fixture in
      let operations = Operations(fixture.pool)
      let (id, org) = (fixture.organization, fixture.organization.rawValue)
      for (role, name) in [("admin", "Bo"), ("client", "Cy")] {
        let user = try await operations.createUser(
          org: org, email: "\(role)@example.com", name: name, role: role, passwordHash: nil)
        if role == "admin" { _ = try await operations.inviteUser(user) }
      }
      let (key, _) = try await fixture.key(limit: 10)
      for _ in 0..<2 {
        try await operations.revokeKey(key)
        try await fixture.database.psql("select ops.set_plan('\(org)', 'free')")
      }
      let events = try await AuditTrail(fixture.pool).list(
        id, AuditTrail.Filter(actor: .anOperator), before: nil, limit: 99)
      #expect(
        events.map { "\($0.action) \($0.targetName)" } == [
          "organization.plan_changed FREE", "api_key.revoked k", "api_key.created k",
          "user.link_made Bo", "user.created Bo", "organization.created Acme",
        ])
      #expect(events.allSatisfy { $0.actorName == "an operator" && $0.address == nil })
    }
  }

  @Test("it can be filtered by action and by person, in pages")
  func filters() async throws {
    try await Fixture.with { fixture in
      let (_, ada) = try await fixture.session(try await fixture.account("a@example.com"))
      let (_, bob) = try await fixture.session(try await fixture.account("b@example.com"))
      let (store, trail) = (PersonStore(fixture.pool), AuditTrail(fixture.pool))
      for index in 0..<4 {
        _ = try await store.invite(
          fixture.draft("\(index)@x.example"), by: index < 3 ? ada : bob, from: nil)
      }
      try await SessionStore(fixture.pool).deleteAll(of: ada, from: nil)
      func list(_ filter: AuditTrail.Filter, before id: String? = nil, limit: Int = 99) async throws
        -> [AuditEvent]
      {
        try await trail.list(fixture.organization, filter, before: id, limit: limit)
      }
      let invitations = AuditTrail.Filter(action: "user.invited")
      #expect(try await list(invitations).count == 4)
      let ofAda = try await list(.init(actor: .person(ada.user)))
      #expect(
        ofAda.map(\.action) == ["user.signed_out_everywhere"]
          + Array(repeating: "user.invited", count: 3))
      let both = AuditTrail.Filter(action: "user.invited", actor: .person(bob.user))
      #expect(try await list(both).count == 1)
      let first = try await list(invitations, limit: 3)
      let rest = try await list(invitations, before: first.last?.id, limit: 3)
      #expect(try await first + rest == list(invitations))
      #expect(try await list(.init(action: "nothing.happened")).isEmpty)
    }
  }
}
