import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("The audit trail") struct AuditTrailTests {
  @Test("what operators do is on it, each change once, and what changes nothing is not")
  func operators() async throws {
    try await Fixture.with { fixture in
      let operations = OperatorFunctions(fixture.pool)
      let (id, org) = (fixture.organization, fixture.organization.rawValue)
      for (role, name) in [("admin", "Bo"), ("client", "Cy")] {
        let user = try await operations.createUser(
          org: org, email: "\(role)@example.com", name: name, role: role, passwordHash: nil)
        if role == "admin" { _ = try await operations.inviteUser(user) }
      }
      let (key, _) = try await fixture.key(limit: 10)
      for _ in 0..<2 {
        try await operations.revokeKey(key)
        try await fixture.psql("select ops.set_plan('\(org)', 'free')")
      }
      let url = "https://example.com/" + String(repeating: "x", count: 2000)
      let line = try await operations.createEndpoint(
        org: org, url: url, events: ["ticket.created"])
      let endpoint = String(try #require(line.split(separator: "\t").first))
      try await operations.updateEndpoint(endpoint, url: nil, events: ["ticket.merged"])
      try await operations.updateEndpoint(endpoint, url: url, events: nil)
      try await operations.disableEndpoint(endpoint)
      try await operations.enableEndpoint(endpoint, replay: false)
      _ = try await operations.rotateSecret(endpoint)
      _ = try await operations.redeliver(try await operations.testEndpoint(endpoint))
      try await operations.deleteEndpoint(endpoint)
      let events = try await AuditTrail(fixture.pool).list(
        id, AuditTrail.Filter(actor: .anOperator), before: nil, limit: 99)
      #expect(
        events.map { "\($0.action) \($0.targetName.prefix(20))" } == [
          "deleted", "redelivered", "tested", "secret_rotated", "enabled", "disabled", "updated",
          "created",
        ].map { "webhook.\($0) https://example.com/" } + [
          "organization.plan_changed FREE", "api_key.revoked k", "api_key.created k",
          "user.link_made Bo", "user.created Bo", "organization.created Acme",
        ])
      #expect(events.allSatisfy { $0.actorName == "an operator" && $0.address == nil })
    }
  }

  @Test("what admins do is on it, with their address, and what changes nothing is not")
  func admins() async throws {
    try await Fixture.with { fixture in
      let admin = try await fixture.admin()
      let agent = try await fixture.account("agent@example.com", role: "agent").user
      let (people, keys) = (PersonStore(fixture.pool), APIKeyStore(fixture.pool))
      let endpoints = EndpointStore(fixture.pool, keys: SecretKeys())
      let address = "192.0.2.7"
      let link = try await people.invite(fixture.draft(), by: admin, from: address)
      let id = try await endpoints.create(
        Endpoint.Draft(url: "https://a.example/", events: ["ticket.created"], submission: "1"),
        by: admin, from: address)
      let secret = try await endpoints.currentSecret(of: id, in: fixture.organization)
      let key = try #require(APIKeyID(try await fixture.key(limit: 10).id))
      let changes: [() async throws -> Void] = [
        { try await people.change(agent, to: .admin, by: admin, from: address) },
        { try await people.removeAccess(of: agent, by: admin, from: address) },
        { try await people.withdrawLink(of: link.user, by: admin, from: address) },
        { try await keys.revoke(key, by: admin, from: address) },
        {
          try await endpoints.update(
            id, url: "https://b.example/", events: ["ticket.merged"], by: admin, from: address)
        },
        { try await endpoints.rotateSecret(of: id, current: secret, by: admin, from: address) },
        { try await endpoints.disable(id, reason: "x", by: admin, from: address) },
        { try await endpoints.enable(id, replay: true, by: admin, from: address) },
      ]
      for change in changes {
        try await change()
        do { try await change() } catch HelpdeskError.unchanged {}
      }
      let events = try await AuditTrail(fixture.pool).list(
        fixture.organization, .init(actor: .person(admin.user)), before: nil, limit: 99)
      #expect(
        events.reversed().map(\.action) == [
          "user.invited", "webhook.created", "user.role_changed", "user.access_removed",
          "user.invitation_withdrawn", "api_key.revoked", "webhook.updated",
          "webhook.secret_rotated",
          "webhook.disabled", "webhook.enabled",
        ])
      #expect(events.allSatisfy { $0.actorName == "Ada" && $0.address == address })
      #expect(events.first { $0.action == "user.role_changed" }?.detail == "admin")
    }
  }
}
