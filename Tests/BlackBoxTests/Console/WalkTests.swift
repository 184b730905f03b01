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
      var environment = [
        "CONSOLE_URL": "http://localhost:\(tenant.stage.server.port)",
        "CONSOLE_EMAIL": try await tenant.canSignIn(tenant.admin),
        "CONSOLE_PASSWORD": Browser.password,
        "AGENT_EMAIL": try await tenant.canSignIn(tenant.agent),
        "FREE_EMAIL": try await free.canSignIn(free.admin), "BOTH_EMAIL": email,
      ]
      environment["CHROMIUM"] =
        ProcessInfo.processInfo.environment["TEST_CHROMIUM"] ?? "/usr/bin/chromium"
      try await TestPython.run("walk_console.py", environment: environment)
    }
  }
}
