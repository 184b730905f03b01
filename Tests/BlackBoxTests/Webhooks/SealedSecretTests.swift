import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Sealed secrets") struct SealedSecretTests {
    private static let (one, two) = (
      "one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
      "two:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
    )

    private static func keys(_ texts: String...) -> [String: String] {
      ["SECRET_KEYS": texts.joined(separator: ",")]
    }

    private static func production(_ texts: String...) -> [String: String] {
      ["SECRET_KEYS": texts.joined(separator: ","), "ENVIRONMENT": "production"]
    }

    private static func create(
      _ sending: Sending, _ receiver: Receiver, _ environment: [String: String]
    ) async throws -> Sending.Endpoint {
      let outcome = try await sending.run(
        "webhook", "create", "--org", sending.tenant.id, "--url",
        "http://127.0.0.1:\(receiver.port)/hook", "--events", "ticket.created",
        environment: environment)
      let parts = outcome.line.split(separator: "\t").map(String.init)
      guard parts.count == 2 else { throw TestError("\(outcome)") }
      return Sending.Endpoint(id: parts[0], secret: parts[1], sql: sending.sql)
    }

    /// The keys of an endpoint's secrets, oldest first.
    private static func keyIDs(_ sending: Sending) async throws -> String {
      try await sending.sql.run(
        """
        select string_agg(coalesce(key_id, 'plain'), ' ' order by created_at)
          from helpdesk.endpoint_secrets
        """)
    }

    @Test("Secrets of console and commands are never in the database in plain text, and they sign")
    func sealed() async throws {
      // No worker runs that could seal them later.
      let environment = Self.production(Self.one)
      try await Sending.with(worker: false, environment: environment) { sending, receiver in
        let tenant = sending.tenant
        var browser = try await tenant.browser(tenant.admin)
        let made = try await browser.create(
          "webhooks",
          [("events", "ticket.created"), ("url", "http://127.0.0.1:\(receiver.port)/hook")])
        let path = try #require(made.location, "\(made)")
        var shown: [String] = []
        func show() async throws {
          try await browser.open(path)
          let page = try await browser.send("\(path)/secret").body
          shown = page.matches(of: /whsec_[A-Za-z0-9+\/]{43}=/).map { String($0.0) }
        }
        try await show()
        let first = try #require(shown.first)
        let rotation = try await browser.open("\(path)/rotate")
        try await browser.send("\(path)/rotate", [("current", rotation.field("current") ?? "")])
        try await show()
        #expect(shown.count == 2)
        #expect(shown.last == first)
        let other = try await Self.create(sending, receiver, environment)
        let rotated = try await sending.run("webhook", "rotate", other.id, environment: environment)
        #expect(rotated.line.hasPrefix("whsec_"))
        #expect(try await Self.keyIDs(sending) == "one one one one")
        // Everything that the tables hold.
        let dump = try await sending.sql.run("select schema_to_xml('helpdesk', true, true, '')")
        #expect(dump.contains(path.split(separator: "/").last ?? "?"))
        #expect(!dump.contains("whsec_"))
        for secret in shown + [other.secret, rotated.line] {
          #expect(!dump.contains(secret.dropFirst("whsec_".count)))
          #expect(!sending.tenant.server.program.standardError.contains(secret))
        }
        try await sending.withWorker(environment) { _ in
          _ = try await tenant.makeTicket()
          try await eventually("both arrived", within: .seconds(10)) {
            receiver.requests.count == 2
          }
        }
        let signatures = Set(receiver.requests.compactMap { $0.header("webhook-signature") })
        var expected: Set<String> = []
        for request in receiver.requests {
          for secrets in [shown, [rotated.line, other.secret]] {
            let all = try secrets.map { try Signature.standard($0, request) }
            if request.header("webhook-signature") == all.joined(separator: " ") {
              expected.insert(all.joined(separator: " "))
              let simple = try Signature.simple(secrets[0], request)
              #expect(request.header("X-Webhook-Signature") == simple)
            }
          }
        }
        #expect(signatures == expected)
      }
    }

    @Test("A worker seals secrets that psql made or that are older within seconds")
    func sealedLater() async throws {
      try await Sending.with { sending, receiver in
        let before = try await sending.endpoint(receiver)
        #expect(try await Self.keyIDs(sending) == "plain")
        func becomeSealed(_ count: Int) async throws {
          try await eventually("\(count) are sealed", within: .seconds(15)) {
            try await Self.keyIDs(sending)
              == [String](repeating: "one", count: count).joined(separator: " ")
          }
        }
        // The server without the key leaves the endpoint to the worker that has it.
        try await sending.withWorker(Self.keys(Self.one)) { _ in
          try await becomeSealed(1)
          let after = try await sending.endpoint(receiver)
          try await becomeSealed(2)
          _ = try await sending.tenant.makeTicket()
          for endpoint in [before, after] { try await endpoint.become("succeeded 1") }
          let signatures = try receiver.requests.map { request in
            try [before, after].filter {
              try request.header("webhook-signature") == Signature.standard($0.secret, request)
            }.map(\.id)
          }
          #expect(Set(signatures) == [[before.id], [after.id]])
        }
      }
    }

    @Test("Keys are rotated while servers run, and then the old one is taken away")
    func rotation() async throws {
      try await Sending.with(environment: Self.keys(Self.two, Self.one)) { sending, receiver in
        let endpoint = try await Self.create(sending, receiver, Self.keys(Self.one))
        #expect(try await Self.keyIDs(sending) == "one")
        let both = Self.production(Self.two, Self.one)
        async let tickets: Void = {
          for _ in 0..<20 { _ = try await sending.tenant.makeTicket() }
        }()
        let rotation = try await sending.run("secrets", "rotate", environment: both)
        #expect(rotation.status == 0)
        #expect(rotation.standardOutput == "1\n")
        try await tickets
        #expect(try await Self.keyIDs(sending) == "two")
        #expect(try await sending.run("secrets", "rotate", environment: both).line == "0")
        try await endpoint.become("succeeded 20")
        await sending.tenant.server.program.stop()
        try await sending.withWorker(Self.production(Self.two)) { _ in
          try await sending.makeDeliveries(1, to: endpoint)
          try await endpoint.become("succeeded 21")
        }
        for request in receiver.requests {
          let signature = try Signature.standard(endpoint.secret, request)
          #expect(request.header("webhook-signature") == signature)
        }
        #expect(receiver.requests.count == 21)
      }
    }

    @Test("Without its key an endpoint's deliveries wait, uncounted and unlost; all else goes on")
    func missing() async throws {
      try await Sending.with(worker: false, environment: Self.keys(Self.two)) { sending, receiver in
        let tenant = sending.tenant
        let mine = try await Self.create(sending, receiver, Self.keys(Self.one))
        let other = try await Self.create(sending, receiver, Self.keys(Self.two))
        _ = try await tenant.makeTicket()
        try await sending.withWorker(Self.keys(Self.two)) { worker in
          try await other.become("succeeded 1")
          try await eventually("the log tells", within: .seconds(10)) {
            worker.standardError.split(separator: "\n").contains {
              $0.contains(" error ") && $0.contains("the key one is not in SECRET_KEYS")
            }
          }
          #expect(try await mine.states == "pending 1")
        }
        let rotation = try await sending.run("secrets", "rotate", environment: Self.keys(Self.two))
        #expect(rotation.status == 78)
        #expect(rotation.complaints.first?.contains("the key one is not in") == true)
        for command in ["serve", "worker"] {
          let refused = try await sending.run(command, environment: Self.production(Self.two))
          #expect(refused.status == 78)
          #expect(refused.complaints.count == 1)
          #expect(refused.complaints.first?.contains("the key one is not in") == true)
        }
        let impostor = Self.production(Self.two, "one:\(Self.two.dropFirst(4))")
        let wrong = try await sending.run("serve", environment: impostor)
        #expect(wrong.status == 78)
        #expect(wrong.complaints.first?.contains("what the key one sealed does not") == true)
        var browser = try await tenant.browser(tenant.admin)
        try await browser.open("/settings/webhooks/\(mine.id)")
        let page = try await browser.send("/settings/webhooks/\(mine.id)/secret")
        #expect(page.status == 503)
        #expect(page.body.contains("The secret cannot be shown"))
        try await sending.withWorker(Self.keys(Self.two, Self.one)) { _ in
          try await mine.become("succeeded 1")
        }
        #expect(try await mine.attempts == ["1|200|"])
      }
    }

    @Test("After the loss of a key, rotating the secret gets the deliveries going")
    func lost() async throws {
      try await Sending.with(worker: false) { sending, receiver in
        let endpoint = try await Self.create(sending, receiver, Self.keys(Self.one))
        _ = try await sending.tenant.makeTicket()
        let kept = try await sending.run(
          "webhook", "rotate", endpoint.id, environment: Self.keys(Self.two))
        #expect(kept.status == 0)
        #expect(try await Self.keyIDs(sending) == "one two")
        let rotated = try await sending.run(
          "webhook", "rotate", endpoint.id, "--drop-unreadable", environment: Self.keys(Self.two))
        #expect(try await Self.keyIDs(sending) == "two two")
        try await sending.withWorker(Self.production(Self.two)) { _ in
          try await endpoint.become("succeeded 1")
        }
        let request = try #require(receiver.requests.first)
        let signature = try Signature.simple(rotated.line, request)
        #expect(request.header("X-Webhook-Signature") == signature)
      }
    }

    @Test("A secret that was moved or changed signs nothing, and its deliveries wait")
    func tampered() async throws {
      try await Sending.with(worker: false) { sending, receiver in
        let endpoint = try await Self.create(sending, receiver, Self.keys(Self.one))
        let thief = try await Self.create(sending, receiver, Self.keys(Self.one))
        try await sending.sql.run(
          """
          update helpdesk.endpoint_secrets s set secret = o.secret
            from helpdesk.endpoint_secrets o
           where s.endpoint_id = '\(thief.id)' and o.endpoint_id = '\(endpoint.id)'
          """)
        try await sending.makeDeliveries(300, to: thief)
        try await sending.withWorker(Self.keys(Self.one)) { worker in
          try await eventually("the log tells", within: .seconds(10)) {
            worker.standardError.contains("what the key one sealed does not open with that of")
          }
          // Each makes the worker look for what is due.
          for count in 1...20 {
            _ = try await sending.tenant.makeTicket()
            try await endpoint.become("succeeded \(count)")
          }
          try await thief.become("pending 320")
        }
        #expect(try await thief.attempts == [])
        #expect(receiver.requests.count == 20)
        let claimed = try await sending.sql.int(
          """
          select count(*) from helpdesk.deliveries
           where endpoint_id = '\(thief.id)' and next_attempt_at > created_at
          """)
        #expect((1...20).contains(claimed), "\(claimed)")
      }
    }
  }
}
