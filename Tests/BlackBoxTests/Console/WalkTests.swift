import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("The console in a browser") struct WalkTests {
    @Test("A browser signs in, makes a key, uses and revokes it; axe finds nothing on any page")
    func walk() async throws {
      let tenant = try await Tenant.make()
      let free = try await Tenant.make(plan: "FREE")
      // The pages are looked at without the key that tests begin with.
      try await tenant.stage.sql.run(
        "delete from helpdesk.api_keys where org_id = '\(tenant.id)'")
      let (one, other) = (try await Tenant.make(), try await Tenant.make())
      let email = "both-\(one.id)@staff.example"
      for tenant in [one, other] { try await tenant.canSignIn(tenant.admin, as: email) }
      try await walk(
        "walk_console.py", tenant,
        [
          "AGENT_EMAIL": try await tenant.canSignIn(tenant.agent),
          "FREE_EMAIL": try await free.canSignIn(free.admin), "BOTH_EMAIL": email,
        ])
    }

    @Test("An admin invites an agent, who comes in, becomes an admin and loses the access")
    func people() async throws {
      let tenant = try await Tenant.make()
      _ = try await tenant.makeTicket()
      try await walk("walk_people.py", tenant, ["CLIENT_EMAIL": "client@example.com"])
    }

    /// Takes a walk as the tenant's admin.
    private func walk(_ script: String, _ tenant: Tenant, _ environment: [String: String])
      async throws
    {
      let own = [
        "CONSOLE_URL": "http://localhost:\(tenant.stage.server.port)",
        "CONSOLE_EMAIL": try await tenant.canSignIn(tenant.admin),
        "CONSOLE_PASSWORD": Browser.password,
        "CHROMIUM": ProcessInfo.processInfo.environment["TEST_CHROMIUM"] ?? "/usr/bin/chromium",
      ]
      try await TestPython.run(script, environment: own.merging(environment) { $1 })
    }
  }
}
