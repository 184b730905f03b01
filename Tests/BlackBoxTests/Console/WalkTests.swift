import Foundation
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  /// The walks in `Tests/Python`, during which axe checks every page.
  @Suite("The console in a browser") struct WalkTests {
    @Test("A browser signs in, makes a key, uses and revokes it; axe finds nothing on any page")
    func walk() async throws {
      let tenant = try await Tenant.make()
      let free = try await Tenant.make(plan: "FREE")
      // The pages are looked at without the key that tests begin with.
      try await tenant.sql.run("delete from helpdesk.api_keys where org_id = '\(tenant.id)'")
      let (one, other) = (try await Tenant.make(), try await Tenant.make())
      let email = "both-\(one.id)@staff.example"
      for tenant in [one, other] { try await tenant.canSignIn(tenant.admin, as: email) }
      try await tenant.walk(
        "walk_console.py",
        ["FREE_EMAIL": try await free.canSignIn(free.admin), "BOTH_EMAIL": email])
    }

    @Test("An admin invites an agent, who comes in, becomes an admin and loses the access")
    func people() async throws {
      let tenant = try await Tenant.make()
      _ = try await tenant.makeTicket()
      try await tenant.walk("walk_people.py", ["CLIENT_EMAIL": "client@example.com"])
    }

    @Test("The API page can be read on a phone, searched, copied from and printed")
    func docs() async throws { try await Tenant.make().walk("walk_docs.py") }

    @Test("A browser registers an endpoint and looks after it")
    func webhooks() async throws {
      let sorry = ScriptedAnswer.reply(500, body: "<h1>Sorry & goodbye</h1>")
      // A test event, then ten deliveries of four attempts each, which are sent again with two that are
      // held; then one more that fails.
      let answers: [ScriptedAnswer] =
        [.reply(200, body: "thanks")] + Array(repeating: sorry, count: 40)
        + Array(repeating: .reply(200), count: 12) + Array(repeating: sorry, count: 4) + [
          .reply(200)
        ]
      try await Sending.with(answers: answers) { sending, receiver in
        let tenant = sending.tenant
        let free = try await Tenant.make(plan: "FREE", on: tenant.stage)
        // Retries come at once, so that the breaker opens while somebody looks.
        try await sending.sql.run(
          """
          create function public.at_once() returns trigger language plpgsql as $$
          begin
            new.next_attempt_at := clock_timestamp();
            return new;
          end $$;
          create trigger at_once before update on helpdesk.deliveries for each row
            when (old.state = 'sending' and new.state = 'pending')
            execute function public.at_once();
          """)
        try await tenant.walk(
          "walk_webhooks.py",
          [
            "FREE_EMAIL": try await free.canSignIn(free.admin), "API_KEY": tenant.key,
            "RECEIVER_URL": "http://127.0.0.1:\(receiver.port)/hook",
          ])
        #expect(receiver.requests.count == answers.count)
      }
    }
  }
}

extension Tenant {
  /// Takes a walk as the tenant's admin.
  fileprivate func walk(_ script: String, _ environment: [String: String] = [:]) async throws {
    let surroundings = ProcessInfo.processInfo.environment
    var own = [
      "CONSOLE_URL": "http://localhost:\(server.port)", "CONSOLE_PASSWORD": Browser.password,
      "CONSOLE_EMAIL": try await canSignIn(admin), "AGENT_EMAIL": try await canSignIn(agent),
      "CHROMIUM": surroundings["TEST_CHROMIUM"] ?? "/usr/bin/chromium",
    ]
    own["SCREENSHOTS"] = surroundings["TEST_SCREENSHOTS"]
    try await TestPython.run(script, environment: own.merging(environment) { $1 })
  }
}
