import Foundation
import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Workers") struct WorkerTests {
    private func kill(_ worker: TestProcess) async throws {
      worker.signal(SIGKILL)
      #expect(try await worker.exitStatus() == -SIGKILL)
    }

    @Test("A process that cannot get its port has sent nothing", arguments: ["serve", "worker"])
    func withoutPort(command: String) async throws {
      try await Sending.with(worker: false) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        try await sending.makeDeliveries(20, to: endpoint)
        let outcome = try await sending.run(
          command, environment: ["PORT": "\(sending.tenant.server.port)"])
        #expect(outcome.status == 78)
        #expect(!outcome.standardError.contains("worker ready"))
        #expect(receiver.requests.isEmpty)
        #expect(try await endpoint.states == "pending 20")
      }
    }

    @Test("A worker killed before it could send loses nothing: another sends")
    func killedBeforeSending() async throws {
      let port = try FreePort.find()
      try await Sending.with(worker: false) { sending in
        let endpoint = try await sending.endpoint("http://127.0.0.1:\(port)/")
        // Connecting gets no reply, so the request cannot leave.
        try await SilentListener.run(on: "127.0.0.1", port: port) {
          let worker = try await sending.startWorker()
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("sending 1")
          try await kill(worker)
        }
        #expect(try await endpoint.states == "sending 1")
        try await sending.expireLeases()
        try await Receiver.run(port: port) { receiver in
          try await sending.withWorker { _ in try await endpoint.become("succeeded 1") }
          #expect(receiver.requests.count == 1)
        }
        #expect(try await endpoint.attempts == ["1|200|"])
      }
    }

    @Test("A worker killed while it waits for the answer: another takes over within a minute")
    func killedWhileWaiting() async throws {
      try await Sending.with(answers: [.hang, .reply(200)], worker: false) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        let worker = try await sending.startWorker()
        _ = try await sending.tenant.makeTicket()
        try await eventually("the request is there") { receiver.requests.count == 1 }
        try await kill(worker)
        let start = ContinuousClock.now
        try await sending.withWorker { _ in
          try await endpoint.become("succeeded 1", within: .seconds(60))
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(receiver.requests.count == 2)
        #expect(Set(receiver.requests.map { $0.header("webhook-id") }).count == 1)
        #expect(try await endpoint.attempts == ["1|200|"])
      }
    }

    @Test("A worker killed between the answer and its record: the event comes again, under its id")
    func killedBeforeRecording() async throws {
      try await Sending.with(worker: false) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        let worker = try await sending.startWorker()
        let lock = PsqlSession(sending.databaseURL)
        try await lock.run("begin; lock helpdesk.attempts in exclusive mode")
        _ = try await sending.tenant.makeTicket()
        try await eventually("the result waits to be recorded") {
          try await sending.sql.int(
            """
            select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'
            """) > 0
        }
        try await kill(worker)
        // Otherwise the statement that it had sent would still run.
        try await sending.sql.run(
          """
          select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'
          """)
        try await lock.run("rollback")
        #expect(try await endpoint.states == "sending 1")
        try await sending.expireLeases()
        try await sending.withWorker { _ in try await endpoint.become("succeeded 1") }
        #expect(receiver.requests.count == 2)
        #expect(Set(receiver.requests.map { $0.header("webhook-id") }).count == 1)
        #expect(try await endpoint.attempts == ["1|200|"])
      }
    }

    @Test("Two workers send 3,000 events: each once, none missing")
    func many() async throws {
      try await Sending.with(worker: false) { sending, receiver in
        var endpoints: [Sending.Endpoint] = []
        for _ in 0..<3 { endpoints.append(try await sending.endpoint(receiver)) }
        try await sending.withWorker { _ in
          try await sending.withWorker { _ in
            for endpoint in endpoints { try await sending.makeDeliveries(1000, to: endpoint) }
            for endpoint in endpoints {
              try await endpoint.become("succeeded 1000", within: .seconds(60))
            }
          }
        }
        let deliveries = receiver.requests.compactMap { $0.header("X-Webhook-Delivery") }
        #expect(deliveries.count == 3000)
        #expect(Set(deliveries).count == 3000)
      }
    }

    @Test("On SIGTERM what was sent is awaited and recorded, what was not is handed back at once")
    func stopping() async throws {
      let port = try FreePort.find()
      try await Sending.with(answers: [.late(.seconds(2), 200)], worker: false) {
        sending, receiver in
        let sent = try await sending.endpoint(receiver)
        let unsent = try await sending.endpoint("http://127.0.0.1:\(port)/")
        try await SilentListener.run(on: "127.0.0.1", port: port) {
          let worker = try await sending.startWorker()
          _ = try await sending.tenant.makeTicket()
          try await eventually("the request is there") { receiver.requests.count == 1 }
          try await unsent.become("sending 1")
          let start = ContinuousClock.now
          worker.signal(SIGTERM)
          try await unsent.become("pending 1", within: .seconds(1))
          #expect(try await worker.exitStatus() == 0)
          #expect(ContinuousClock.now - start < .seconds(5))
          #expect(try await sent.states == "succeeded 1")
          #expect(try await unsent.attempts.isEmpty)
        }
      }
    }

    @Test("On SIGTERM a server refuses connections at once, though its worker waits for an answer")
    func stoppingServer() async throws {
      try await Sending.with(answers: [.late(.seconds(3), 200)]) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        _ = try await sending.tenant.makeTicket()
        try await eventually("the request is there") { receiver.requests.count == 1 }
        let server = sending.tenant.server
        server.program.signal(SIGTERM)
        try await eventually("connections are refused", within: .seconds(1)) {
          (try? server.connect()) == nil
        }
        #expect(server.program.isRunning)
        #expect(try await server.program.exitStatus() == 0)
        #expect(try await endpoint.states == "succeeded 1")
      }
    }

    @Test("A separate worker learns of events at once, and reports its state on its port")
    func separate() async throws {
      let port = try FreePort.find()
      try await Sending.with(worker: false) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        try await sending.withWorker(["PORT": "\(port)"]) { _ in
          for number in 1...5 {
            let start = ContinuousClock.now
            _ = try await sending.tenant.makeTicket()
            try await eventually("it arrives") { receiver.requests.count == number }
            #expect(ContinuousClock.now - start < .seconds(1))
          }
          try await endpoint.become("succeeded 5")
          let client = APIClient(
            http: try Stage.require().http, origin: "http://127.0.0.1:\(port)", key: nil)
          let metrics = try await client.site.get("/metrics").body
          #expect(metrics.contains(#"webhook_attempts_total{outcome="succeeded"} 5"#))
          #expect(metrics.contains("webhook_arrival_delay_seconds_count 5"))
          #expect(metrics.contains("webhook_oldest_due_seconds "))
          #expect(metrics.contains(#"webhook_deliveries{state="pending"}"#))
        }
      }
    }

    @Test("Without notifications a worker finds what is due by looking")
    func polling() async throws {
      try await Sending.with(worker: false) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver)
        try await sending.withWorker(["DATABASE_POOLER": "transaction"]) { _ in
          let start = ContinuousClock.now
          _ = try await sending.tenant.makeTicket()
          try await endpoint.become("succeeded 1")
          #expect(ContinuousClock.now - start < .seconds(2))
        }
      }
    }

    @Test("A worker outlives its database and goes on where it was")
    func databaseAway() async throws {
      try await Receiver.run(answers: [.late(.seconds(1), 200), .reply(200)]) { receiver in
        let settings = Sending.settings
        try await Tenant.withCluster(arguments: [], environment: settings) { cluster, tenant in
          _ = try await Sending(tenant: tenant).endpoint(receiver)
          _ = try await tenant.makeTicket()
          try await eventually("the request is there") { receiver.requests.count == 1 }
          // A claim does not wait for the disk, and a crash might forget it.
          try await cluster.server.psql("checkpoint")
          // The answer comes while nothing can be recorded.
          try await cluster.stop(.immediate)
          try await eventually("the answer was given") { receiver.replyCount == 1 }
          try await cluster.start()
          try await eventually("its result is recorded", within: .seconds(20)) {
            try await cluster.server.psql("select state from helpdesk.deliveries") == "succeeded"
          }
          #expect(receiver.requests.count == 1)
          try await eventually("the API serves again") {
            try await tenant.client.get("/tickets").status == 200
          }
          _ = try await tenant.makeTicket()
          try await eventually("the next event arrives") { receiver.requests.count == 2 }
        }
      }
    }

    @Test("Deliveries that were finished long ago are deleted")
    func retention() async throws {
      try await Sending.with(worker: false) { sending in
        let endpoint = try await sending.endpoint("http://127.0.0.1:9/")
        try await sending.makeDeliveries(3, to: endpoint)
        try await sending.sql.run(
          """
          update helpdesk.events set created_at = created_at - interval '2 h';
          update helpdesk.deliveries
             set state = 'succeeded', next_attempt_at = null, finished_at = created_at - interval '2 h'
           where id <> (select max(id) from helpdesk.deliveries)
          """)
        try await sending.sql.run("select ops.disable_endpoint('\(endpoint.id)', 'x')")
        try await sending.withWorker(["WEBHOOK_RETENTION": "1h"]) { _ in
          try await endpoint.become("held 1")
          try await eventually("their events are gone") {
            try await sending.sql.int("select count(*) from helpdesk.events") == 1
          }
        }
      }
    }
  }
}
