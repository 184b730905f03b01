import Testing

extension TacoHelp {
  @Suite("Scopes") struct ScopeTests {
    @Test(
      "An operation is allowed by its scope and by no other",
      arguments: Operation.allCases, Operation.scopes)
    func matrix(operation: Operation, scope: String) async throws {
      let tenant = try await Tenant.make(scopes: [scope])
      let subjects = try await Subjects.make(tenant)
      let before = try await tenant.fingerprint()
      let answer = try await operation.perform(tenant.client, subjects)
      if scope == operation.scope {
        #expect(answer.status == operation.status)
      } else {
        #expect(answer.outcome == "403 insufficient_scope")
        #expect(answer.json["error"]?["message"]?.string?.contains(operation.scope) == true)
        #expect(try await tenant.fingerprint() == before)
      }
    }

    @Test(
      "All other scopes together do not make up for the one that is missing",
      arguments: Operation.allCases)
    func allOthers(operation: Operation) async throws {
      let tenant = try await Tenant.make(scopes: Operation.scopes.filter { $0 != operation.scope })
      let answer = try await operation.perform(tenant.client, Subjects.make(tenant))
      #expect(answer.outcome == "403 insufficient_scope")
    }

    @Test("The star allows everything, alone and beside others", arguments: Operation.allCases)
    func star(operation: Operation) async throws {
      for scopes in [["*"], ["chat:read", "*"]] {
        let tenant = try await Tenant.make(scopes: scopes)
        let answer = try await operation.perform(tenant.client, Subjects.make(tenant))
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
