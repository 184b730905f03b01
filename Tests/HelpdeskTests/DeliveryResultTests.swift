import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct DeliveryResultTests {
  @Test("each outcome leaves the delivery in its state, and each attempt its row")
  func outcomes() async throws {
    try await Fixture.with { fixture in
      _ = try await fixture.endpoint(due: 4)
      let store = DeliveryStore(fixture.pool)
      let deliveries = try await store.claim()
      let results = [
        DeliveryResult(
          deliveries[0], .succeeded, started: .now - .seconds(3), duration: .seconds(2),
          status: 204, response: Array("caf\u{e9}\0".utf8) + [0xff]),
        DeliveryResult(
          deliveries[1], .retry(after: .seconds(8)), started: .now, duration: .milliseconds(1),
          error: "the connection was refused"),
        DeliveryResult(deliveries[2], .failed),
        DeliveryResult(deliveries[3], .returned(after: .seconds(1))),
      ]
      for result in results {
        #expect(try await store.record(result) == .recorded(disabled: nil))
      }
      let rows = try await fixture.psql(
        """
        select d.state, d.attempts, round(extract(epoch from d.next_attempt_at - clock_timestamp())),
               d.finished_at is not null, d.locked_until is null, a.number, a.status, a.error,
               a.response, round(extract(epoch from a.duration) * 1000),
               round(extract(epoch from clock_timestamp() - a.started_at))
          from helpdesk.deliveries d left join helpdesk.attempts a on a.delivery_id = d.id
         order by d.state, d.attempts
        """)
      #expect(
        rows.split(separator: "\n") == [
          "failed|1||t|t|1|500|||5|0", "pending|0|1|f|t||||||",
          "pending|1|8|f|t|1||the connection was refused||1|0",
          "succeeded|1||t|t|1|204||caf\u{e9}\u{fffd}\u{fffd}|2000|3",
        ])
      // The second time nothing is left to record.
      for result in results { #expect(try await store.record(result) == .lost) }
    }
  }

  /// The results of deliveries, one letter each: Success, Failure, Gone, Retry; and the endpoint's state
  /// afterwards.
  static let sequences: [(ends: String, standing: String)] = [
    ("S", "0|"), ("F", "1|"), ("FF", "2|"), ("FFS", "0|"), ("FSF", "1|"), ("RRR", "0|"),
    ("FRF", "2|"), ("FFFFFFFFF", "9|"), ("FFFFFFFFFS", "0|"), ("FFFFFFFFFSF", "1|"),
    ("FFFFFSFFFFFFFFF", "9|"), ("FFFFFFFFFF", "10|10 deliveries in a row failed"),
    ("SFFFFFFFFFF", "10|10 deliveries in a row failed"),
    ("FFFFFFFFFFS", "0|10 deliveries in a row failed"),
    ("FFFFFFFFFFFF", "12|10 deliveries in a row failed"), ("G", "1|it answered 410 Gone"),
    ("SG", "1|it answered 410 Gone"), ("GS", "0|it answered 410 Gone"),
  ]

  @Test("ten failures in a row disable an endpoint, in whatever batches they come")
  func breaker() async throws {
    try await Fixture.with { fixture in
      let store = DeliveryStore(fixture.pool)
      for (ends, standing) in Self.sequences {
        for batch in [1, 3, 100] {
          let endpoint = try await fixture.endpoint(due: ends.count)
          var results = zip(try await store.claim(), ends).map { delivery, end in
            DeliveryResult(
              delivery,
              end == "S"
                ? .succeeded : end == "F" ? .failed : end == "G" ? .gone : .retry(after: .zero))
          }
          var disablings = 0
          while !results.isEmpty {
            let records = try await store.recordTogether(Array(results.prefix(batch)))
            disablings += records.count { $0 != .recorded(disabled: nil) }
            results.removeFirst(min(batch, results.count))
          }
          #expect(
            try await fixture.standing(endpoint) == standing, "\(ends) in batches of \(batch)")
          #expect(disablings == (standing.hasSuffix("|") ? 0 : 1), "\(ends) in batches of \(batch)")
          try await OperatorFunctions(fixture.pool).deleteEndpoint(endpoint.rawValue)
        }
      }
    }
  }

  @Test("failures that several workers record at once are all counted")
  func concurrentFailures() async throws {
    try await Fixture.with { fixture in
      let one = try await fixture.endpoint(due: 9)
      let other = try await fixture.endpoint(due: 10)
      let deliveries = try await DeliveryStore(fixture.pool).claim()
      let results = deliveries.shuffled().map { DeliveryResult($0, .failed) }
      let records = try await atOnce(results.count) { index in
        let store = DeliveryStore(fixture.pool)
        while true {
          let record = try await store.record(results[index])
          if record != .busy { return record }
        }
      }
      #expect(records.count { $0 == .recorded(disabled: .failures) } == 1)
      #expect(records.count { $0 == .recorded(disabled: nil) } == 18)
      #expect(try await fixture.standing(one) == "9|")
      #expect(try await fixture.standing(other) == "10|10 deliveries in a row failed")
    }
  }

  @Test(
    "results recorded while endpoints are toggled and tickets made leave nothing in a wrong state")
  func toggling() async throws {
    try await Fixture.with { fixture in
      let endpoints = [try await fixture.endpoint(), try await fixture.endpoint()]
      let operations = OperatorFunctions(fixture.pool)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for _ in 0..<60 { _ = try await fixture.ticket() } }
        group.addTask {
          for round in 0..<30 {
            let endpoint = endpoints[round % 2].rawValue
            try await operations.disableEndpoint(endpoint)
            try await operations.enableEndpoint(endpoint, replay: true)
          }
        }
        for _ in 0..<2 {
          group.addTask {
            let store = DeliveryStore(fixture.pool)
            for _ in 0..<40 {
              var results = try await store.claim(20).enumerated().map { index, delivery in
                DeliveryResult(
                  delivery,
                  [.succeeded, .failed, .gone, .retry(after: .zero), .returned(after: .zero)][
                    index % 5])
              }
              while !results.isEmpty {
                let records = try await store.recordTogether(results)
                #expect(!records.contains(.lost))
                results = zip(results, records).filter { $1 == .busy }.map(\.0)
              }
            }
          }
        }
        try await group.waitForAll()
      }
      let store = DeliveryStore(fixture.pool)
      for (organization, endpoint) in try await store.disabledEndpointsWithWaiting() {
        while try await store.hold(endpoint, of: organization) > 0 {}
      }
      #expect(
        try await fixture.psql(
          """
          select count(*) from helpdesk.deliveries d join helpdesk.endpoints e on e.id = d.endpoint_id
           where d.state = 'sending' or (d.state = 'pending') = (e.disabled_at is not null)
             and d.state in ('pending', 'held')
          """) == "0")
      #expect(try await fixture.psql("select count(*) from helpdesk.deliveries") == "120")
    }
  }

  @Test(
    "what waits for a disabled endpoint is held a thousand at a time, and replayed when enabled")
  func holding() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await fixture.endpoint(due: 1)
      let store = DeliveryStore(fixture.pool)
      let delivery = try #require(try await store.claim().first)
      try await fixture.makeDeliveries(1500, to: endpoint)
      _ = try await store.record(DeliveryResult(delivery, .gone))
      #expect(try await fixture.states(endpoint) == "failed 1, pending 1500")
      #expect(try await store.claim().isEmpty)
      let disabled = try await store.disabledEndpointsWithWaiting()
      #expect(disabled.map(\.1) == [endpoint])
      #expect(try await store.hold(endpoint, of: fixture.organization) == 1000)
      #expect(try await store.hold(endpoint, of: fixture.organization) == 500)
      #expect(try await store.hold(endpoint, of: fixture.organization) == 0)
      #expect(try await store.disabledEndpointsWithWaiting().isEmpty)
      #expect(try await fixture.states(endpoint) == "failed 1, held 1500")
      // The delivery that disabled it failed no earlier than that, and is replayed too.
      try await OperatorFunctions(fixture.pool).enableEndpoint(endpoint.rawValue, replay: true)
      #expect(try await fixture.states(endpoint).hasSuffix("pending 1000"))
      #expect(try await fixture.standing(endpoint) == "0|")
      #expect(try await store.replayingEndpoints().map(\.1) == [endpoint])
      // A delivery that fails from now on is not part of the replay.
      let again = try #require(try await store.claim(1).first)
      _ = try await store.record(DeliveryResult(again, .failed))
      #expect(try await store.replay(endpoint, of: fixture.organization) == 501)
      #expect(try await store.replay(endpoint, of: fixture.organization) == 0)
      #expect(try await store.replayingEndpoints().isEmpty)
      #expect(try await fixture.states(endpoint) == "failed 1, pending 1500")
      #expect(try await store.hold(endpoint, of: fixture.organization) == 0)
    }
  }

  @Test("an endpoint that somebody has locked delays its own results alone")
  func lockedEndpoint() async throws {
    try await Fixture.with { fixture in
      let one = try await fixture.endpoint(due: 2)
      let other = try await fixture.endpoint(due: 2)
      let store = DeliveryStore(fixture.pool)
      let deliveries = try await store.claim()
      // As an operator's open transaction would.
      let lock = PsqlSession(fixture.database.url)
      try await lock.run("begin; select from helpdesk.endpoints where id = '\(one)' for update")
      let results = deliveries.map { DeliveryResult($0, .failed) }
      let records = try await store.recordTogether(results)
      #expect(
        zip(deliveries, records).allSatisfy {
          $1 == ($0.endpoint == one ? .busy : .recorded(disabled: nil))
        })
      #expect(try await fixture.states(one) == "sending 2")
      #expect(try await fixture.standing(other) == "2|")
      try await lock.run("rollback")
      let late = try await store.recordTogether(results.filter { $0.delivery.endpoint == one })
      #expect(late.allSatisfy { $0 == .recorded(disabled: nil) })
      #expect(try await fixture.standing(one) == "2|")
    }
  }

  @Test("enabling without replay leaves held what waited, held already or not")
  func enabling() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await fixture.endpoint(due: 3)
      try await fixture.psql(
        "update helpdesk.endpoints set disabled_at = clock_timestamp(), disabled_reason = 'x'")
      try await OperatorFunctions(fixture.pool).enableEndpoint(endpoint.rawValue, replay: false)
      #expect(try await fixture.states(endpoint) == "held 3")
    }
  }
}

extension DeliveryStore {
  /// Records results in one statement, in their order.
  func recordTogether(_ results: [DeliveryResult]) async throws -> [DeliveryRecord] {
    guard !results.isEmpty else { return [] }
    return try Self.records(results, try await pool.execute(Self.unit(results)))
  }
}
