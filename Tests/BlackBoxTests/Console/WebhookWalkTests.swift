import Foundation
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Webhooks in a browser") struct WebhookWalkTests {
    @Test("A browser registers an endpoint and looks after it; axe finds nothing on any page")
    func walk() async throws {
      let sorry = ScriptedAnswer.reply(500, body: "<h1>Sorry & goodbye</h1>")
      // A test event, then ten deliveries of four attempts each, which are sent again with two that are
      // held; then one more that fails.
      let answers: [ScriptedAnswer] =
        [.reply(200, body: "thanks")] + Array(repeating: sorry, count: 40)
        + Array(repeating: .reply(200), count: 12) + Array(repeating: sorry, count: 4) + [
          .reply(200)
        ]
      try await Receiver.run(answers: answers) { receiver in
        try await Sending.with { sending in
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
          var environment = [
            "CONSOLE_URL": "http://localhost:\(tenant.stage.server.port)",
            "CONSOLE_PASSWORD": Browser.password,
            "ADMIN_EMAIL": try await tenant.canSignIn(tenant.admin),
            "AGENT_EMAIL": try await tenant.canSignIn(tenant.agent),
            "FREE_EMAIL": try await free.canSignIn(free.admin), "API_KEY": tenant.key,
            "RECEIVER_URL": "http://127.0.0.1:\(receiver.port)/hook",
          ]
          environment["CHROMIUM"] =
            ProcessInfo.processInfo.environment["TEST_CHROMIUM"] ?? "/usr/bin/chromium"
          environment["SCREENSHOTS"] = ProcessInfo.processInfo.environment["TEST_SCREENSHOTS"]
          try await TestPython.run("walk_webhooks.py", environment: environment)
          #expect(receiver.requests.count == answers.count)
        }
      }
    }
  }
}
