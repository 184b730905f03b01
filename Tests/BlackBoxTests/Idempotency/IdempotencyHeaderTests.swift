import TestSupport
import Testing

extension TacoHelp {
  @Suite("Idempotency-Key, the header") struct IdempotencyHeaderTests {
    static let good = [
      "6f1c0f5e-8f0b-4f5a-9d6c-2f7a1f0e9b3d", "\"6f1c0f5e-8f0b-4f5a-9d6c-2f7a1f0e9b3d\"", "~", "0",
      "a b", "'; drop table helpdesk.tickets; --", String(repeating: "x", count: 255),
    ]
    static let bad = [
      "", " ", "é", "a\tb", "😀", String(repeating: "x", count: 256),
      String(repeating: "x", count: 4000),
    ]

    private func post(
      _ tenant: Tenant, _ header: String, _ body: String = #"{"visitorName":"Sam"}"#
    ) async throws -> Answer {
      try await tenant.server.connect().exchange(
        "POST /api/external/chat/conversations HTTP/1.1\r\nHost: taco\r\n"
          + "Authorization: Bearer \(tenant.key)\r\n\(header)"
          + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    @Test("1 to 255 printable ASCII characters are a key", arguments: good)
    func accepted(key: String) async throws {
      let tenant = try await Tenant.make()
      for isReplay in [false, true] {
        let answer = try await post(tenant, "Idempotency-Key: \(key)\r\n")
        #expect(answer.status == 201)
        #expect(answer.isReplay == isReplay)
      }
      let other = try await post(tenant, "idempotency-KEY:\(key) \r\n", #"{"visitorName": "Sam"}"#)
      #expect(other.outcome == "422 idempotency_conflict")
    }

    @Test("Anything else, and a repeated header, is refused, and nothing is done")
    func refused() async throws {
      let tenant = try await Tenant.make()
      let before = try await tenant.fingerprint()
      for values in Self.bad.map({ [$0] }) + [["a", "a"], ["a", "b"], ["", "a"]] {
        let lines = values.map { "Idempotency-Key: \($0)\r\n" }.joined()
        let answer = try await post(tenant, lines)
        #expect(answer.outcome == "400 invalid_parameter", "\(values)")
        #expect(answer.fields == ["Idempotency-Key"], "\(values)")
      }
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("Its fault is reported together with the body's")
    func together() async throws {
      let tenant = try await Tenant.make()
      let answer = try await post(tenant, "Idempotency-Key:\r\n", #"{"visitorEmail":"x"}"#)
      #expect(answer.fields == ["Idempotency-Key", "visitorName", "visitorEmail"])
    }

    @Test("The description promises it for every POST of the API, and these tests try each one")
    func described() async throws {
      let document = try await Stage.require().server.site.get("/openapi.json").json
      var described: Set<String> = []
      for path in document["paths"]?.keys ?? [] {
        guard let post = document["paths"]?[path]?["post"] else { continue }
        #expect(
          post["parameters"]?.items?.contains([
            "$ref": "#/components/parameters/IdempotencyKey"
          ]) == true, "\(path)")
        #expect(post["responses"]?["422"] != nil, "\(path)")
        described.insert(post["operationId"]?.string ?? "")
      }
      #expect(described == Set(Keyed.operations.map(\.rawValue)))
    }

    @Test("Only POST takes it", arguments: Operation.allCases.filter { $0.method != "POST" })
    func others(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "")]
      for _ in 0..<2 {
        let answer = try await operation.perform(tenant.client, subjects, headers: headers)
        #expect(answer.status == 200)
        #expect(!answer.isReplay)
      }
    }
  }
}
