import TestSupport

/// An organization of a test's own, with an agent, an admin and a key that may do everything.
struct Tenant: Sendable {
  let stage: Stage
  let id: String
  let agent: String
  let admin: String
  let key: String

  var server: Server { stage.server }
  var sql: PsqlSession { stage.sql }

  /// Lends a tenant with a database and a server of its own.
  static func withServer(
    rateLimit: Int = 1_000_000, arguments: [String] = ["--no-worker"],
    environment: [String: String] = [:], _ body: (Tenant) async throws -> Void
  ) async throws {
    try await Stage.withDatabase { database in
      let url = Stage.serversURL(database.url)
      try await Server.with(url, arguments: arguments, environment: environment) { server in
        try await body(make(rateLimit: rateLimit, on: Stage.require().with(database.url, server)))
      }
    }
  }

  /// The same on a PostgreSQL server of its own, which the test may stop.
  static func withCluster(
    arguments: [String] = ["--no-worker"], environment: [String: String] = [:],
    _ body: (TestCluster, Tenant) async throws -> Void
  ) async throws {
    try await TestCluster.with { cluster in
      let url = cluster.url()
      let migration = try await Program.run("migrate", environment: ["DATABASE_URL": url])
      guard migration.status == 0 else { throw TestError("\(migration)") }
      try await Server.with(url, arguments: arguments, environment: environment) { server in
        let stage = try Stage.require().with(url, server)
        try await body(cluster, make(rateLimit: 1_000_000, on: stage))
      }
    }
  }

  /// - Parameters:
  ///   - rateLimit: of the key, 100 by default as for every key
  ///   - stage: where, if not on the shared servers
  static func make(
    plan: String = "PRO", scopes: [String] = ["*"], rateLimit: Int = 100, on stage: Stage? = nil
  ) async throws -> Tenant {
    let stage = try stage ?? .require()
    let made = try await stage.sql.json(
      """
      select json_build_object(
        'id', org, 'agent', ops.create_user(org, 'agent@taco.example', 'Ada Agent', 'agent'),
        'admin', ops.create_user(org, 'admin@taco.example', 'Bob Admin', 'admin'),
        'key', ops.create_api_key(org, 'test', '{\(scopes.joined(separator: ","))}', \(rateLimit)))
      from (select ops.create_org('Test', '\(plan)') as org offset 0) o
      """)
    guard let id = made["id"]?.string, let agent = made["agent"]?.string,
      let admin = made["admin"]?.string, let key = made["key"]?.string
    else { throw TestError("no organization: \(made)") }
    return Tenant(stage: stage, id: id, agent: agent, admin: admin, key: key)
  }

  /// Speaks to the first server with the tenant's key.
  var client: APIClient { get throws { try server.client(key) } }

  /// Speaks to the other server on the same database.
  var otherClient: APIClient { get throws { try stage.otherServer.client(key) } }

  /// Makes another key.
  func makeKey(scopes: [String] = ["*"], rateLimit: Int = 100) async throws -> String {
    try await sql.run(
      """
      select ops.create_api_key('\(id)', 'another', '{\(scopes.joined(separator: ","))}',
                                \(rateLimit))
      """)
  }

  /// SQL: the id of a key.
  static func keyID(_ key: String) -> String {
    "(select id from helpdesk.api_keys where hash = sha256(convert_to('\(key)', 'UTF8')))"
  }

  /// Makes a ticket and returns it.
  func makeTicket(_ members: JSON = [:]) async throws -> JSON {
    var body: JSON = [
      "subject": "The oven is cold", "description": "It was warm yesterday.",
      "createdByEmail": "client@example.com",
    ]
    if case .object(let members) = members {
      for (name, value) in members { body = body.with(name, value) }
    }
    return try await made(client.post("/tickets", body))
  }

  func makeComment(_ ticket: String, _ content: String = "We look into it.") async throws -> JSON {
    try await made(
      client.post(
        "/tickets/\(ticket)/comments",
        ["content": .string(content), "authorEmail": "dev@example.com"]))
  }

  func makeConversation() async throws -> JSON {
    try await made(client.post("/chat/conversations", ["visitorName": "Sam"]))
  }

  func makeMessage(_ conversation: String, _ content: String = "Hello") async throws -> JSON {
    try await made(
      client.post(
        "/chat/conversations/\(conversation)/messages",
        ["content": .string(content), "senderType": "visitor"]))
  }

  private func made(_ answer: Answer) throws -> JSON {
    guard answer.status == 201 else { throw TestError("not made: \(answer)") }
    return answer.json
  }
}

extension JSON {
  /// The value of `id`; empty when there is none, which no test takes for an id.
  var id: String { self["id"]?.string ?? "" }
}
