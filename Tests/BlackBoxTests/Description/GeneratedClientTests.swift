import Foundation
import TestSupport
import Testing

/// The Python that `scripts/test --clients` names, with the tools that make clients.
private let clientsPython = ProcessInfo.processInfo.environment["TEST_CLIENTS_PYTHON"]

extension TacoHelp {
  @Suite("Clients made from the description") struct GeneratedClientTests {
    @Test(
      "They compile, and live the life of a ticket and of a chat",
      .enabled(if: clientsPython != nil, "scripts/test --clients runs it"))
    func live() async throws {
      let tenant = try await Tenant.make(rateLimit: 1000)
      try await TemporaryDirectory.with { folder in
        _ = try await TestProcess.run(
          try #require(clientsPython),
          [
            Repository.path("Tests/Clients/check.py"),
            "http://127.0.0.1:\(tenant.server.port)", tenant.key, tenant.agent, folder.path,
          ])
      }
    }
  }
}
