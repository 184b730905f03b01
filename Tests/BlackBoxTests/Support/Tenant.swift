import TestSupport

/// A test's own organization, with an agent, an admin and a key that has all scopes.
struct Tenant: Sendable {
  let stage: Stage
  let id: String
  let agent: String
  let admin: String
  var key: String

  var server: Server { stage.server }
  var sql: PsqlSession { stage.sql }

  /// Lends a tenant with a database and a server of its own.
  static func withServer(
    rateLimit: Int = 1_000_000, arguments: [String] = ["--no-worker"],
    environment: [String: String] = [:], _ body: (Tenant) async throws -> Void
  ) async throws {
    try await Stage.withDatabase { database in
      try await withServer(
        Stage.serversURL(database.url), of: database.url, rateLimit: rateLimit,
        arguments: arguments, environment: environment, body)
    }
  }

  /// The same on a PostgreSQL server of its own, which the test may stop.
  static func withCluster(
    arguments: [String] = ["--no-worker"], environment: [String: String] = [:],
    _ body: (TestCluster, Tenant) async throws -> Void
  ) async throws {
    try await TestCluster.with { cluster in
      try await Program.migrate(cluster.url())
      try await withServer(
        cluster.url(), of: cluster.url(), arguments: arguments, environment: environment
      ) { try await body(cluster, $0) }
    }
  }

  /// The same on a database that the server reaches by a URL of its own.
  static func withServer<R>(
    _ serversURL: String, of databaseURL: String, rateLimit: Int = 1_000_000,
    arguments: [String] = [], environment: [String: String] = [:],
    _ body: (Tenant) async throws -> R
  ) async throws -> R {
    try await Server.with(serversURL, arguments: arguments, environment: environment) { server in
      let shared = try Stage.require()
      let stage = Stage(
        template: shared.template, http: shared.http, databaseURL: databaseURL,
        sql: PsqlSession(databaseURL), server: server, otherServer: server)
      return try await body(make(rateLimit: rateLimit, on: stage))
    }
  }

  /// - Parameters:
  ///   - rateLimit: the key's limit, 100 by default as for every key
  ///   - stage: the stage to use instead of the shared servers
  static func make(
    plan: String = "PRO", scopes: [String] = ["*"], rateLimit: Int = 100, on stage: Stage? = nil
  ) async throws -> Tenant {
    let stage = try stage ?? .require()
    let rows = try await stage.sql.run(
      """
      select org, ops.create_user(org, 'agent@taco.example', 'Ada Agent', 'agent'),
             ops.create_user(org, 'admin@taco.example', 'Bob Admin', 'admin'),
             ops.create_api_key(org, 'test', '{\(scopes.joined(separator: ","))}', \(rateLimit))
        from (select ops.create_org('Test', '\(plan)') as org offset 0) o
      """)
    let made = rows.split(separator: "|").map(String.init)
    guard made.count == 4 else { throw TestError("no organization: \(rows)") }
    return Tenant(stage: stage, id: made[0], agent: made[1], admin: made[2], key: made[3])
  }

  /// Sends requests to the first server with the tenant's key.
  var client: APIClient { get throws { try server.client(key) } }

  /// Sends requests to the other server on the same database.
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
    for name in members.keys ?? [] { body = body.with(name, members[name] ?? .null) }
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
  /// The value of `id`; empty if there is none, which no test mistakes for an id.
  var id: String { self["id"]?.string ?? "" }
}
