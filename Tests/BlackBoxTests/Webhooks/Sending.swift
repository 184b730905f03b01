import Foundation
import TestReceivers
import TestSupport

/// A test's own database, an organization in it, and the programs that send its webhooks.
struct Sending: Sendable {
  /// Allows webhooks to receivers on this machine.
  static let settings = ["WEBHOOK_ALLOW_HTTP": "true", "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"]

  let tenant: Tenant

  var databaseURL: String { tenant.stage.databaseURL }
  var sql: PsqlSession { tenant.sql }

  /// Lends a server whose worker sends, unless told otherwise, to `body`.
  static func with(
    worker: Bool = true, environment: [String: String] = [:],
    _ body: (Sending) async throws -> Void
  ) async throws {
    try await Tenant.withServer(
      arguments: worker ? [] : ["--no-worker"],
      environment: settings.merging(environment) { $1 }
    ) { try await body(Sending(tenant: $0)) }
  }

  /// The same with a receiver that gives these answers in order.
  static func with(
    answers: [ScriptedAnswer] = [.reply(200)], worker: Bool = true,
    environment: [String: String] = [:], _ body: (Sending, Receiver) async throws -> Void
  ) async throws {
    try await Receiver.run(answers: answers) { receiver in
      try await with(worker: worker, environment: environment) { try await body($0, receiver) }
    }
  }

  /// Registers an endpoint.
  func endpoint(_ url: String, _ events: [String] = ["ticket.created"]) async throws -> Endpoint {
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

  /// Runs a command that may reach receivers on this machine.
  func run(
    _ arguments: String..., environment: [String: String] = [:]
  ) async throws -> Program.Outcome {
    try await Program.run(arguments, environment: self.environment.merging(environment) { $1 })
  }

  private var environment: [String: String] {
    Self.settings.merging(["DATABASE_URL": databaseURL]) { $1 }
  }

  /// Starts a process that only sends, and waits until it is ready.
  func startWorker(_ environment: [String: String] = [:]) async throws -> TestProcess {
    let worker = try await Program.start(
      ["worker"],
      environment: Self.settings.merging(["DATABASE_URL": Stage.serversURL(databaseURL)]) { $1 }
        .merging(environment) { $1 })
    try await eventually("the worker is ready", within: .seconds(30)) {
      guard worker.isRunning else { throw TestError("it ended: \(worker.standardError)") }
      return worker.standardError.contains("worker ready")
    }
    return worker
  }

  /// Lends such a process to `body` and stops it afterwards.
  func withWorker(
    _ environment: [String: String] = [:], _ body: (TestProcess) async throws -> Void
  ) async throws {
    let worker = try await startWorker(environment)
    try await worker.stopping { try await body(worker) }
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

    /// The number of deliveries in each state, such as `failed 1, pending 2`.
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

    /// `enabled`, or the reason why it is disabled.
    var state: String {
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
