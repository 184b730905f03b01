import TestSupport
import Testing

extension TacoHelp {
  @Suite("Authentication") struct AuthenticationTests {
    static let unknown = "th_" + String(repeating: "A", count: 43)

    static let headers: [(String, [String])] = [
      ("none", []), ("empty", [""]), ("the scheme alone", ["Bearer"]), ("a blank", ["Bearer "]),
      ("another scheme", ["Basic dXNlcjpwYXNz"]), ("a bare key", [unknown]),
      ("an unknown key", ["Bearer \(unknown)"]),
      ("another prefix", ["Bearer sk_\(unknown.dropFirst(3))"]),
      ("one character less", ["Bearer \(unknown.dropLast())"]),
      ("one more", ["Bearer \(unknown)A"]),
      ("a padded key", ["Bearer \(unknown)="]),
      ("not base64url", ["Bearer th_+/\(unknown.dropFirst(5))"]),
      ("rubbish", ["Bearer \u{1f}"]), ("quotes", ["Bearer \"\(unknown)\""]),
      ("long", ["Bearer \(String(repeating: "x", count: 4000))"]),
      ("two keys", ["Bearer \(unknown), Bearer \(unknown)"]),
    ]

    @Test("Without a live key every route answers 401, unknown ones too", arguments: headers)
    func refused(name: String, values: [String]) async throws {
      let client = try Stage.require().server.client()
      for path in ["/tickets", "/nothing"] {
        let answer = try await client.send(
          "GET", path,
          headers: values.filter { $0 != "Bearer \u{1f}" }.map { ("Authorization", $0) })
        try check(answer)
      }
    }

    private func check(_ answer: Answer) throws {
      #expect(answer.outcome == "401 unauthorized")
      #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
      #expect(answer.headers.contains { $0.name.lowercased().contains("ratelimit") } == false)
      #expect(answer.json["error"]?["requestId"]?.string == answer.header("X-Request-Id"))
      #expect(answer.header("Content-Type")?.hasPrefix("application/json") == true)
    }

    @Test("A changed live key, its stored SHA-256, and a key outside the header are not accepted")
    func changed() async throws {
      let tenant = try await Tenant.make()
      let last = tenant.key.hasSuffix("A") ? "B" : "A"
      let hash = try await tenant.sql.run(
        "select encode(hash, 'hex') from helpdesk.api_keys where org_id = '\(tenant.id)'")
      for key in [
        tenant.key.dropLast() + last, tenant.key.uppercased(), String(tenant.key.dropFirst(3)),
        String(tenant.key.dropLast()), hash, "th_\(hash)", "th_\(hash.prefix(43))",
      ] {
        try check(try await tenant.server.client(key).get("/tickets"))
      }
      let client = try tenant.server.client()
      try check(try await client.get("/tickets?key=\(tenant.key)&access_token=\(tenant.key)"))
      for header in [("X-Api-Key", tenant.key), ("Cookie", "key=\(tenant.key)")] {
        try check(try await client.send("GET", "/tickets", headers: [header]))
      }
      #expect(try await tenant.client.get("/tickets").status == 200)
    }

    @Test(
      "The scheme's name is not case-sensitive",
      arguments: ["Bearer", "bearer", "BEARER", "bEaReR"])
    func scheme(word: String) async throws {
      let tenant = try await Tenant.make()
      let answer = try await tenant.server.client().send(
        "GET", "/tickets", headers: [("Authorization", "\(word) \(tenant.key)")])
      #expect(answer.status == 200)
    }

    @Test("Two Authorization headers are refused, whichever is good")
    func twoHeaders() async throws {
      let tenant = try await Tenant.make()
      for values in [[tenant.key, Self.unknown], [Self.unknown, tenant.key]] {
        let answer = try await tenant.server.client().send(
          "GET", "/tickets", headers: values.map { ("Authorization", "Bearer \($0)") })
        #expect([400, 401].contains(answer.status))
      }
    }

    @Test("An expired or revoked key fails from the next request on, on every server")
    func ended() async throws {
      for end in [
        "update helpdesk.api_keys set expires_at = clock_timestamp() - interval '1 ms' where id =",
        "select ops.revoke_api_key(id) from helpdesk.api_keys where id =",
      ] {
        let tenant = try await Tenant.make(rateLimit: 6)
        for _ in 0..<3 {
          #expect(try await tenant.client.get("/tickets").status == 200)
          #expect(try await tenant.otherClient.get("/tickets").status == 200)
        }
        // However much of its limit it has used.
        #expect(try await tenant.client.get("/tickets").status == 429)
        try await tenant.sql.run("\(end) \(Tenant.keyID(tenant.key))")
        try check(try await tenant.client.get("/tickets"))
        try check(try await tenant.otherClient.get("/tickets"))
      }
    }

    @Test("A key's last use becomes known")
    func lastUsed() async throws {
      try await Tenant.withServer(arguments: []) { tenant in
        let question = "select last_used_at is not null from helpdesk.api_keys"
        #expect(try await tenant.sql.run(question) == "f")
        _ = try await tenant.client.get("/tickets")
        try await eventually("last_used_at was set", within: .seconds(30)) {
          try await tenant.sql.run(question) == "t"
        }
      }
    }
  }
}
