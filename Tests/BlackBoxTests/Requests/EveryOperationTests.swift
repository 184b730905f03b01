import TestSupport
import Testing

extension TacoHelp {
  @Suite("Refusals of every operation") struct EveryOperationTests {
    @Test("A request that is refused does nothing", arguments: Operation.allCases)
    func nothing(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let scopes = Operation.scopes.filter { $0 != operation.scope }
      let keys: [(String?, String)] = [
        (nil, "401 unauthorized"),
        (try await tenant.makeKey(scopes: scopes), "403 insufficient_scope"),
        (try await tenant.makeKey(rateLimit: 1), "429 rate_limited"),
        (tenant.key, "403 plan_required"),
      ]
      let spent = try tenant.server.client(keys[2].0)
      _ = try await spent.get("/tickets")
      let before = try await tenant.fingerprint()
      for (key, outcome) in keys {
        let plan = outcome == "403 plan_required" ? "free" : "enterprise"
        try await tenant.sql.run("select ops.set_plan('\(tenant.id)', '\(plan)')")
        let answer = try await operation.perform(tenant.server.client(key), subjects)
        #expect(answer.outcome == outcome)
        if outcome == "403 insufficient_scope" {
          let message = answer.json["error"]?["message"]?.string
          #expect(message?.contains(operation.scope) == true)
        }
      }
      try await tenant.sql.run("select ops.set_plan('\(tenant.id)', 'enterprise')")
      let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
      for method in methods where !operation.allowed.contains(method) {
        let answer = try await tenant.client.send(method, operation.path(subjects))
        #expect(answer.outcome == "405 method_not_allowed", "\(method)")
        let allowed = answer.header("Allow")?.split(separator: ", ").map(String.init) ?? []
        let expected = operation.allowed.union(operation.allowed.contains("GET") ? ["HEAD"] : [])
        #expect(Set(allowed) == expected)
        #expect(answer.header("X-RateLimit-Remaining") != nil)
      }
      if operation.method != "GET" {
        let large = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20) + Array("{}".utf8)
        let answer = try await tenant.client.send(
          operation.method, operation.path(subjects), body: large)
        #expect(answer.outcome == "413 payload_too_large")
      }
      #expect(try await tenant.fingerprint() == before)
      // Without the fault, it is done.
      #expect(try await operation.perform(tenant.client, subjects).status == operation.status)
    }
  }
}
