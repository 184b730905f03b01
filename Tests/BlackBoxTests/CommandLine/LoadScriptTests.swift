import TestSupport
import Testing

extension TacoHelp {
  @Suite("scripts/load") struct LoadScriptTests {
    private func load(_ tenant: Tenant, port: Int) async throws -> (status: Int32, output: String) {
      let process = try await TestProcess(
        Repository.path("scripts/load"),
        ["--url", "http://127.0.0.1:\(port)", "--requests", "100", "--parallel", "10"],
        environment: ["TACOHELP_KEY": tenant.key])
      let status = try await process.exitStatus()
      return (status, process.output)
    }

    @Test("It counts the answers by status, those over the limit too")
    func counts() async throws {
      let tenant = try await Tenant.make(rateLimit: 50)
      let (status, output) = try await load(tenant, port: tenant.server.port)
      #expect(status == 0, "\(output)")
      // Two of the fifty made the ticket and the chat.
      #expect(output.contains("100 requests in"))
      #expect(output.contains(#/429 +52\n/#))
      #expect(output.contains("p99 ms"))
    }

    @Test("Without a server it fails")
    func nobody() async throws {
      let tenant = try await Tenant.make()
      let (status, output) = try await load(tenant, port: 1)
      #expect(status == 1)
      #expect(output.contains("Failed to connect"))
    }
  }
}
