import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Schemathesis") struct SchemathesisTests {
    /// Ids in the description's examples, which are replaced with those of existing objects.
    private static let exampleAgent = "cmlp4gw3fk5j3h8g2p7m4w6ta"
    private static let exampleTarget = "cmmtcp5rk2w9d4f7s1h8k3m6q"

    @Test("A thousand requests made from the description find no answer that it does not allow")
    func conformance() async throws {
      try await Tenant.withServer { tenant in
        try await TemporaryDirectory.with { directory in
          try await run(tenant, in: directory)
        }
      }
    }

    private func run(_ tenant: Tenant, in directory: URL) async throws {
      let target = try await tenant.makeTicket().id
      let strict = try await TestPython.run(
        "strict.py",
        [
          Repository.path("openapi.yaml"), "\(Self.exampleAgent)=\(tenant.agent)",
          "\(Self.exampleTarget)=\(target)",
        ])
      let document = directory.appendingPathComponent("openapi.json")
      try Data(strict.utf8).write(to: document)
      let output = try await TestPython.run(
        module: "schemathesis.cli",
        [
          "--config-file", Repository.path("Tests/Python/schemathesis.toml"), "run", document.path,
        ], in: directory,
        environment: [
          "SERVER": "http://127.0.0.1:\(tenant.server.port)", "KEY": tenant.key,
          "HOOKS": Repository.path("Tests/Python/checks.py"),
          "TICKET": try await tenant.makeTicket().id,
          "MERGED_TICKET": try await tenant.makeTicket().id,
          "CONVERSATION": try await tenant.makeConversation().id,
          "ENDED_CONVERSATION": try await tenant.makeConversation().id,
        ])
      // A successful end means nothing if it has tried nothing.
      let tried = try #require(try /([0-9]+) generated/.firstMatch(in: output)?.1)
      #expect(try #require(Int(tried)) > 1000, "\(output)")
    }
  }
}
