import TestSupport
import Testing

extension TacoHelp {
  /// EveryOperationTests checks that all other scopes together are not enough.
  @Suite("Scopes") struct ScopeTests {
    @Test(
      "An operation is allowed by its scope and by the star, alone and beside others",
      arguments: Operation.allCases)
    func allowed(operation: Operation) async throws {
      for scopes in [[operation.scope], ["*"], ["chat:read", "*"]] {
        let tenant = try await Tenant.make(scopes: scopes)
        let subjects = try await Subjects.make(tenant)
        let answer = try await operation.perform(tenant.client, subjects)
        #expect(answer.status == operation.status)
      }
    }

    @Test("No other scope allows an operation", arguments: Operation.allCases)
    func refused(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let before = try await tenant.fingerprint()
      for scope in Operation.scopes where scope != operation.scope {
        let client = try tenant.server.client(try await tenant.makeKey(scopes: [scope]))
        let answer = try await operation.perform(client, subjects)
        #expect(answer.outcome == "403 insufficient_scope", "\(scope)")
      }
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("HEAD takes the scope of GET", arguments: Operation.reading)
    func head(operation: Operation) async throws {
      let tenant = try await Tenant.make(scopes: Operation.scopes.filter { $0 != operation.scope })
      let subjects = try await Subjects.make(tenant)
      let answer = try await tenant.client.send("HEAD", operation.path(subjects))
      #expect(answer.status == 403)
    }
  }
}
