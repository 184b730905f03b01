import TestSupport
import Testing

extension TacoHelp {
  @Suite("tacohelp webhook") struct WebhookCommandTests {
    /// Documentation addresses: nothing is sent to them, and no name has to be looked up.
    private static let url = "https://192.0.2.1/taco?x=1"
    private static let allowed = ["WEBHOOK_ALLOWED_NETWORKS": "192.0.2.0/24"]

    private func create(
      _ tenant: Tenant, _ events: String = "ticket.created,ticket.resolved"
    ) async throws -> (id: String, secret: String) {
      let outcome = try await Operator().run(
        ["webhook", "create", "--org", tenant.id, "--url", Self.url, "--events", events],
        environment: Self.allowed)
      let form = /(c[a-z0-9]{24})\t(whsec_[A-Za-z0-9+\/]{43}=)\n/
      let match = try #require(outcome.standardOutput.wholeMatch(of: form), "\(outcome)")
      #expect(outcome.status == 0)
      #expect(outcome.standardError == "")
      return (String(match.1), String(match.2))
    }

    @Test("webhook create prints id and secret, and the endpoint gets events")
    func create() async throws {
      let tenant = try await Tenant.make()
      let id = try await create(tenant).id
      _ = try await tenant.makeTicket()
      #expect(try await tenant.events().map(\.deliveries) == [[id: "pending"]])
    }

    @Test("webhook list tells id, url, state, failures in a row and events")
    func list() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      #expect(try await person.list("webhook", "list", "--org", tenant.id) == [])
      let (one, two) = (try await create(tenant).id, try await create(tenant, "ticket.merged").id)
      #expect(try await person.run("webhook", "disable", two).status == 0)
      try await tenant.sql.run(
        "update helpdesk.endpoints set consecutive_failures = 3 where id = '\(one)'")
      #expect(
        try await person.list("webhook", "list", "--org", tenant.id) == [
          [one, Self.url, "enabled", "3", "ticket.created,ticket.resolved"],
          [two, Self.url, "disabled", "0", "ticket.merged"],
        ])
      #expect(try await person.run("webhook", "enable", one).status == 0)
      #expect(try await person.list("webhook", "list", "--org", tenant.id)[0][3] == "0")
    }

    @Test("Disabling holds what waits; enabling with replay sends it, without it stays held")
    func disable() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let id = try await create(tenant).id
      func states() async throws -> [String] {
        try await tenant.events().flatMap { $0.deliveries.values }
      }
      _ = try await tenant.makeTicket()
      #expect(try await person.run("webhook", "disable", id).status == 0)
      #expect(try await states() == ["held"])
      _ = try await tenant.makeTicket()
      #expect(try await person.run("webhook", "enable", id).status == 0)
      #expect(try await states() == ["held", "held"])
      #expect(try await person.run("webhook", "disable", id).status == 0)
      #expect(try await person.run("webhook", "enable", id, "--replay").status == 0)
      #expect(try await states() == ["pending", "pending"])
    }

    @Test("webhook update changes URL, events or both; webhook delete leaves nothing to see")
    func updateAndDelete() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let id = try await create(tenant).id
      let events = try await person.run("webhook", "update", id, "--events", "ticket.merged")
      #expect(events.status == 0)
      let url = ["webhook", "update", id, "--url", "https://192.0.2.2/"]
      #expect(try await person.run(url, environment: Self.allowed).status == 0)
      #expect(
        try await person.list("webhook", "list", "--org", tenant.id)
          == [[id, "https://192.0.2.2/", "enabled", "0", "ticket.merged"]])
      #expect(try await person.run("webhook", "delete", id).status == 0)
      #expect(try await person.list("webhook", "list", "--org", tenant.id) == [])
      _ = try await tenant.makeTicket()
      #expect(try await tenant.events().flatMap(\.deliveries).isEmpty)
      for command in ["delete", "enable", "test", "deliveries"] {
        #expect(try await person.run("webhook", command, id).status == 66, "\(command)")
      }
    }

    @Test("webhook rotate prints a new secret, and the old one lives on for a day")
    func rotate() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let (id, first) = try await create(tenant)
      let outcome = try await person.run("webhook", "rotate", id)
      #expect(outcome.standardOutput.wholeMatch(of: /whsec_[A-Za-z0-9+\/]{43}=\n/) != nil)
      #expect(outcome.line != first)
      let secrets = try await tenant.sql.run(
        """
        select secret, round(extract(epoch from expires_at - clock_timestamp()) / 3600)
          from helpdesk.endpoint_secrets where endpoint_id = '\(id)' order by created_at
        """)
      #expect(secrets == "\(first)|24\n\(outcome.line)|")
    }

    @Test("webhook deliveries tells id, event, type, state, attempts, last status, next attempt")
    func deliveries() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let id = try await create(tenant).id
      let ticket = try await tenant.makeTicket().id
      _ = try await tenant.client.patch("/tickets/\(ticket)", ["status": "RESOLVED"])
      let events = try await tenant.events().filter { !$0.deliveries.isEmpty }
      let rows = try await person.list("webhook", "deliveries", id)
      #expect(rows.map { Array($0[1...5]) } == events.map { [$0.id, $0.type, "pending", "0", ""] })
      #expect(rows.allSatisfy { $0[6].wholeMatch(of: /[0-9-]{10}T[0-9:]{8}\.\d{3}Z/) != nil })
      #expect(try await person.list("webhook", "deliveries", id, "--state", "held") == [])
      let created = try await person.list("webhook", "deliveries", id, "--event", "ticket.created")
      #expect(created == rows.filter { $0[2] == "ticket.created" })
      for (since, expected) in [("2026-01-01T00:00:00Z", rows), ("2999-01-01T00:00:00Z", [])] {
        #expect(try await person.list("webhook", "deliveries", id, "--since", since) == expected)
      }
      let pending = try await person.list("webhook", "deliveries", id, "--state", "pending")
      #expect(pending == rows)
    }

    @Test("webhook redeliver sends again: some by their ids, or all that failed since a time")
    func redeliver() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let id = try await create(tenant).id
      for _ in 0..<3 { _ = try await tenant.makeTicket() }
      let all = try await person.list("webhook", "deliveries", id).map { $0[0] }
      func fail(_ deliveries: [String]) async throws {
        try await tenant.sql.run(
          """
          update helpdesk.deliveries set state = 'failed', attempts = 4, next_attempt_at = null,
                 finished_at = clock_timestamp()
           where id in ('\(deliveries.joined(separator: "','"))')
          """)
      }
      try await fail(all)
      #expect(try await person.run("webhook", "redeliver", all[0], all[2]).status == 0)
      func states() async throws -> [[String]] {
        try await person.list("webhook", "deliveries", id).map { [$0[0], $0[3], $0[4]] }
      }
      let some = [[all[0], "pending", "0"], [all[1], "failed", "4"], [all[2], "pending", "0"]]
      #expect(try await states() == some)
      let future = try await person.run(
        "webhook", "redeliver", "--endpoint", id, "--failed-since", "2999-01-01T00:00:00Z")
      #expect(future.status == 0)
      #expect(try await states() == some)
      let past = try await person.run(
        "webhook", "redeliver", "--endpoint", id, "--failed-since", "2026-01-01T00:00:00.000Z")
      #expect(past.status == 0)
      #expect(try await states() == all.map { [$0, "pending", "0"] })
      #expect(try await person.run("webhook", "redeliver", all[0], "nobody").status == 66)
    }

  }
}
