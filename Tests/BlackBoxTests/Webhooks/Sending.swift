import Foundation
import TestReceivers
import TestSupport

/// A database of a test's own, an organization in it, and what sends its webhooks.
struct Sending: Sendable {
  /// Lets webhooks go to receivers on this machine.
  static let settings = ["WEBHOOK_ALLOW_HTTP": "true", "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"]

  let databaseURL: String
  let tenant: Tenant

  var sql: PsqlSession { tenant.stage.sql }

  /// Lends a server whose worker sends, unless told otherwise, to `body`.
  static func with(
    worker: Bool = true, environment: [String: String] = [:],
    _ body: @Sendable (Sending) async throws -> Void
  ) async throws {
    try await Stage.withDatabase { database in
      let server = try await Server.start(
        Stage.serversURL(database.url), arguments: worker ? [] : ["--no-worker"],
        environment: settings.merging(environment) { $1 })
      do {
        let stage = try Stage.require().with(database.url, server)
        try await body(
          Sending(
            databaseURL: database.url,
            tenant: try await Tenant.make(rateLimit: 1_000_000, on: stage)))
        await server.program.stop()
      } catch {
        await server.program.stop()
        throw error
      }
    }
  }

  /// Registers an endpoint.
  func endpoint(
    _ url: String, _ events: [String] = ["ticket.created"]
  ) async throws -> Endpoint {
    let line = try await sql.run(
      "select * from ops.create_endpoint('\(tenant.id)', '\(url)', '{\(events.joined(separator: ","))}')"
    )
    let columns = line.split(separator: "|").map(String.init)
    guard columns.count == 2 else { throw TestError("no endpoint: \(line)") }
    return Endpoint(id: columns[0], secret: columns[1], sql: sql)
  }

  func endpoint(
    _ receiver: Receiver, _ events: [String] = ["ticket.created"]
  ) async throws -> Endpoint {
    try await endpoint("http://127.0.0.1:\(receiver.port)/hook", events)
  }

  /// Starts a process that only sends, and waits until it is ready.
  func startWorker(_ environment: [String: String] = [:]) async throws -> Program {
    let worker = try Program(
      ["worker"],
      environment: ["DATABASE_URL": Stage.serversURL(databaseURL)].merging(Self.settings) { $1 }
        .merging(environment) { $1 })
    try await eventually("the worker is ready", within: .seconds(30)) {
      guard worker.isRunning else { throw TestError("it ended: \(worker.standardError)") }
      return worker.standardError.contains("worker ready")
    }
    return worker
  }

  /// Lends such a process to `body` and stops it afterwards.
  func withWorker(
    _ environment: [String: String] = [:], _ body: (Program) async throws -> Void
  ) async throws {
    let worker = try await startWorker(environment)
    do {
      try await body(worker)
      await worker.stop()
    } catch {
      await worker.stop()
      throw error
    }
  }

  /// Makes deliveries that have just become due.
  func makeDeliveries(_ count: Int, to endpoint: Endpoint) async throws {
    try await sql.run(
      """
      with event as (
        insert into helpdesk.events (org_id, id, type, body, created_at)
        select org_id, helpdesk.new_id(clock_timestamp()), 'webhook.test', '{}', clock_timestamp()
          from helpdesk.endpoints, generate_series(1, \(count)) where id = '\(endpoint.id)'
        returning *
      )
      insert into helpdesk.deliveries
        (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
      select org_id, helpdesk.new_id(created_at), '\(endpoint.id)', id, 'pending', created_at,
             created_at from event
      """)
  }

  /// Lets the claims of a killed worker run out, which takes 30 s otherwise.
  func expireLeases() async throws {
    try await sql.run(
      """
      update helpdesk.deliveries set locked_until = clock_timestamp() - interval '1 s'
       where state = 'sending'
      """)
  }

  /// An endpoint as an operator sees it.
  struct Endpoint: Sendable {
    let id: String
    let secret: String
    let sql: PsqlSession

    /// The number of deliveries in each state, as `failed 1, pending 2`.
    var states: String {
      get async throws {
        try await sql.run(
          """
          select string_agg(state || ' ' || count, ', ' order by state)
            from (select state, count(*) from helpdesk.deliveries
                   where endpoint_id = '\(id)' group by state) d
          """)
      }
    }

    /// Waits until the deliveries are in these states.
    func become(_ states: String, within limit: Duration = .seconds(10)) async throws {
      try await eventually("deliveries are \(states)", within: limit) {
        try await self.states == states
      }
    }

    /// `enabled`, or why it is disabled.
    var standing: String {
      get async throws {
        try await sql.run(
          "select coalesce(disabled_reason, 'enabled') from helpdesk.endpoints where id = '\(id)'")
      }
    }

    /// Number, status and error of each attempt, oldest first.
    var attempts: [String] {
      get async throws {
        try await sql.run(
          """
          select number, status, error from ops.attempts where endpoint_id = '\(id)'
           order by started_at
          """
        ).split(separator: "\n").map(String.init)
      }
    }
  }
}
