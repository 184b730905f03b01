import TestSupport
import Testing

extension TacoHelp {
  @Suite("Commands that are refused") struct CommandErrorTests {
    /// Fills in the ids that the cases name, and says what the command may reach.
    private func run(_ words: [String], _ ids: [String: String]) async throws -> Program.Outcome {
      try await Operator().run(
        words.map { ids[$0] ?? $0 }, environment: ["WEBHOOK_ALLOWED_NETWORKS": "192.0.2.0/24"])
    }

    private static let key = ["key", "create", "--org", "ORG", "--name", "x", "--scopes"]
    private static let user = ["user", "create", "--org", "ORG", "--name", "N", "--email"]
    private static let webhook = ["webhook", "create", "--org", "ORG", "--url"]
    private static let url = "https://192.0.2.1/taco"

    static let unusable: [[String]] =
      [["tickets:delete"], [""], ["tickets:read,"], ["Tickets:Read"], ["*", "--name", ""]]
      .map { key + $0 }
      + ["0", "1000001", "-5", "x", "99999999999"].map { key + ["*", "--rate-limit", $0] }
      + ["90", "0d", "-1d", "1w", "d", "1.5h", "", "999999999999999999999d"].map {
        key + ["*", "--expires-in", $0]
      } + [
        ["key", "create", "--org", "ORG", "--name", "x"], ["org", "create"],
        ["org", "create", "--name", "x", "--plan", "gold"],
        ["org", "create", "--name", " ", "--plan", "pro"],
        ["org", "create", "--name", String(repeating: "x", count: 201), "--plan", "pro"],
      ]
      + ["nobody", "<a@b.example>", "a\u{200b}@b.example", "AGENT@taco.example"].map {
        user + [$0, "--role", "agent"]
      } + [
        user + ["a@b.example", "--role", "boss"], user + ["a@b.example"],
        user + ["a@b.example", "--role", "agent", "--name", ""],
      ]
      // The others that no endpoint may have are in EndpointURLTests.
      + [
        "http://192.0.2.1/", "https://127.0.0.1/", "https://198.51.100.1/", "nonsense", "",
        "https://me:secret@192.0.2.1/",
      ].map { webhook + [$0, "--events", "ticket.created"] }
      + ["ticket.deleted", "webhook.test", ""].map { webhook + [url, "--events", $0] } + [
        webhook + [url], ["webhook", "enable"], ["webhook", "delete"], ["webhook", "redeliver"],
        ["webhook", "deliveries", "ENDPOINT", "--state", "lost"],
        ["webhook", "redeliver", "--endpoint", "ENDPOINT", "--failed-since", "yesterday"],
        ["webhook", "redeliver", "--endpoint", "ENDPOINT"], ["webhook", "update", "ENDPOINT"],
        ["webhook", "update", "ENDPOINT", "--url", "https://127.0.0.1/"],
        ["webhook", "update", "ENDPOINT", "--url", url, "--events", "ticket.deleted"],
        ["webhook", "redeliver", "--failed-since", "2026-01-01T00:00:00Z"],
        ["user", "invite", "CLIENT"],
      ]

    @Test("Arguments that cannot be used have exit code 64 and say why", arguments: unusable)
    func refused(arguments: [String]) async throws {
      let tenant = try await Tenant.make()
      let endpoint = try await tenant.makeEndpoint("ticket.created")
      let client = try await tenant.sql.run(
        "select ops.create_user('\(tenant.id)', 'c@taco.example', 'Cy')")
      let before = try await tenant.settings()
      let outcome = try await run(
        arguments, ["ORG": tenant.id, "ENDPOINT": endpoint, "CLIENT": client])
      #expect(outcome.status == 64)
      #expect(outcome.standardOutput == "")
      #expect(!outcome.standardError.isEmpty)
      #expect(try await tenant.settings() == before)
    }

    static let ofNobody: [[String]] = [
      key + ["*"], ["key", "list", "--org", "ORG"], ["key", "revoke", "ORG"],
      user + ["a@b.example", "--role", "agent"], ["user", "invite", "ORG"],
      ["user", "erase", "ORG"],
      webhook + [url, "--events", "ticket.created"], ["webhook", "list", "--org", "ORG"],
      ["webhook", "redeliver", "--endpoint", "ORG", "--failed-since", "2026-01-01T00:00:00Z"],
      ["webhook", "update", "ORG", "--events", "ticket.created"], ["webhook", "enable", "ORG"],
      ["webhook", "disable", "ORG"], ["webhook", "rotate", "ORG"], ["webhook", "test", "ORG"],
      ["webhook", "deliveries", "ORG"], ["webhook", "redeliver", "ORG"],
      ["webhook", "delete", "ORG"],
    ]

    @Test("An id that does not exist has exit code 66", arguments: ofNobody)
    func unknown(arguments: [String]) async throws {
      for id in [Subjects.nobody.ticket, "x", ""] {
        let outcome = try await run(arguments, ["ORG": id])
        #expect(outcome.status == 66)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.standardOutput == "")
      }
    }
  }
}
