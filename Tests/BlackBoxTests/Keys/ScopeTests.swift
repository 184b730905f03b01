import Testing

extension TacoHelp {
  /// That all other scopes together are not enough is in EveryOperationTests.
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

    @Test("HEAD takes the scope of GET", arguments: Operation.reading)
    func head(operation: Operation) async throws {
      let tenant = try await Tenant.make(scopes: Operation.scopes.filter { $0 != operation.scope })
      let subjects = try await Subjects.make(tenant)
      let answer = try await tenant.client.send("HEAD", operation.path(subjects))
      #expect(answer.status == 403)
    }
  }
}
