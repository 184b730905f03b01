import TestReceivers
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Endpoints that fail or hang, and the others") struct EndpointTroubleTests {
    /// Lends a receiver that never answers, and an endpoint that does.
    private func withHanging(
      _ body: (Sending, _ hanging: Receiver, _ quick: Receiver) async throws -> Void
    ) async throws {
      try await Receiver.run(answers: [.hang]) { hanging in
        try await Sending.with { try await body($0, hanging, $1) }
      }
    }

    private func expectNoDelay(_ sending: Sending, _ quick: Receiver) async throws {
      for number in 1...20 {
        let start = ContinuousClock.now
        _ = try await sending.tenant.makeTicket()
        try await eventually("it arrives") { quick.requests.count == number }
        #expect(ContinuousClock.now - start < .seconds(1))
      }
    }

    @Test("An endpoint that hangs delays no other")
    func isolation() async throws {
      try await withHanging { sending, hanging, quick in
        let slow = try await sending.endpoint(hanging, ["ticket.merged"])
        let endpoint = try await sending.endpoint(quick)
        try await sending.makeDeliveries(200, to: slow)
        try await eventually("it hangs") { hanging.requests.count >= 4 }
        try await expectNoDelay(sending, quick)
        try await endpoint.become("succeeded 20")
        #expect(hanging.requests.count == 4)
      }
    }

    @Test("Retries come in time and the breaker opens, whatever backlog the endpoint has")
    func backlog() async throws {
      try await Sending.with(answers: [.late(.milliseconds(200), 500)]) { sending, receiver in
        let endpoint = try await sending.endpoint(receiver, ["ticket.merged"])
        try await sending.makeDeliveries(300, to: endpoint)
        try await eventually("some have been tried three times", within: .seconds(40)) {
          try await sending.sql.int(
            "select count(*) from helpdesk.deliveries where attempts = 3") >= 4
        }
        let gaps = try await sending.sql.run(
          """
          select max(extract(epoch from b.started_at - a.started_at - a.duration)) <= 2.6
            from helpdesk.attempts a join helpdesk.attempts b using (org_id, delivery_id)
           where a.number = 1 and b.number = 2 and a.started_at <= (
                   select min(started_at) + interval '1 s' from helpdesk.attempts)
          """)
        #expect(gaps == "t")
        try await eventually("the breaker is open", within: .seconds(90)) {
          try await endpoint.state == "10 deliveries in a row failed"
        }
        try await eventually("what waits is held") {
          try await !endpoint.states.contains("pending")
        }
      }
    }

    @Test("A hundred and fifty endpoints that hang delay no other")
    func manyHang() async throws {
      try await withHanging { sending, hanging, quick in
        let endpoint = try await sending.endpoint(quick)
        try await sending.sql.run(
          """
          select count(*)
            from (select ops.create_org('Acme') as id, n from generate_series(1, 150) n) o,
                 ops.create_endpoint(
                   o.id, 'http://127.0.0.1:\(hanging.port)/' || n, '{ticket.merged}')
          """)
        let others = try await sending.sql.run(
          "select string_agg(id, ' ') from helpdesk.endpoints where id <> '\(endpoint.id)'")
        for id in others.split(separator: " ") {
          try await sending.makeDeliveries(
            5, to: Sending.Endpoint(id: String(id), secret: "", sql: sending.sql))
        }
        try await eventually("they hang") { hanging.requests.count >= 150 }
        try await expectNoDelay(sending, quick)
      }
    }

    @Test("Tickets are made while an endpoint with a backlog is enabled and disabled")
    func togglingBacklog() async throws {
      try await Sending.with(worker: false) { sending in
        let endpoint = try await sending.endpoint("http://127.0.0.1:9/")
        try await sending.makeDeliveries(5000, to: endpoint)
        try await sending.sql.run("select ops.disable_endpoint('\(endpoint.id)', 'x')")
        #expect(try await endpoint.states == "held 1000, pending 4000")
        try await sending.withWorker { _ in
          try await endpoint.become("held 5000")
          _ = try await sending.tenant.makeTicket()
          #expect(try await endpoint.states == "held 5001")
        }
        try await sending.sql.run("select ops.enable_endpoint('\(endpoint.id)', true)")
        #expect(try await endpoint.states == "held 4001, pending 1000")
        _ = try await sending.tenant.makeTicket()
        try await sending.withWorker { _ in
          try await eventually("all are on their way") {
            try await !endpoint.states.contains("held")
          }
        }
      }
    }
  }
}
