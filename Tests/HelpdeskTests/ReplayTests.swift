import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct ReplayTests {
  /// The results of deliveries made one after another (`sequences`' letters; D: a person disables the
  /// endpoint), and an R for each that a replay sends.
  static let replays = [
    ("FFFFFFFFFF", "RRRRRRRRRR"), ("FFSFFFFFFFFFF", "...RRRRRRRRRR"), ("FG", "RR"), ("FSG", "..R"),
    ("FFFFFFFFFFFF", "RRRRRRRRRRRR"), ("FFFFFFFFFFS", "RRRRRRRRRR."), ("FFDF", "..R"),
    ("FSFF", "...."),
    ("FFSDFSF", "...R.R"), ("FFFFFFFFFFDSF", "RRRRRRRRRR.R"),
  ]

  @Test("a replay begins with the failure that began the run, in whatever batches they come")
  func replayed() async throws {
    try await Fixture.with { fixture in
      let (store, operations) = (DeliveryStore(fixture.pool), OperatorFunctions(fixture.pool))
      for (ends, expected) in Self.replays {
        for batch in [1, 100] {
          let endpoint = try await fixture.endpoint()
          let count = ends.filter { $0 != "D" }.count
          try await fixture.makeDeliveries(count, to: endpoint)
          let deliveries = try await store.claim()
          var left = deliveries[...]
          var isDisabled = false
          for part in ends.split(separator: "D", omittingEmptySubsequences: false) {
            if part.startIndex != ends.startIndex, !isDisabled {
              try await operations.disableEndpoint(endpoint.rawValue)
              isDisabled = true
            }
            var results = part.compactMap { end in
              left.popFirst().map {
                DeliveryResult($0, end == "S" ? .succeeded : end == "F" ? .failed : .gone)
              }
            }
            while !results.isEmpty {
              _ = try await store.recordTogether(Array(results.prefix(batch)))
              results.removeFirst(min(batch, results.count))
            }
          }
          let overview = try await EndpointStore(fixture.pool, keys: SecretKeys())
            .overview(endpoint, in: fixture.organization)
          try await operations.enableEndpoint(endpoint.rawValue, replay: true)
          let pending = try await fixture.psql(
            """
            select id from helpdesk.deliveries where endpoint_id = '\(endpoint)' and state = 'pending'
            """)
          let ids = Set(pending.split(separator: "\n").map(String.init))
          #expect(overview?.counts.failedMeanwhile == ids.count, "\(ends) in batches of \(batch)")
          let sent = deliveries.map { ids.contains($0.id.rawValue) }
          let isExpected = zip(sent, expected).allSatisfy { isSent, letter in
            // In one batch all end at one moment, and those before the run may be sent again as well.
            isSent == (letter == "R") || isSent && batch > 1
          }
          #expect(isExpected, "\(ends) in batches of \(batch): \(sent)")
          try await operations.deleteEndpoint(endpoint.rawValue)
        }
      }
    }
  }

  @Test("what the version before counted is replayed too, as many failures back as there were")
  func migratedRuns() async throws {
    try await UnreleasedDatabase.migration15.with { database in
      try await database.psql("truncate helpdesk.organizations cascade")
      try await database.psql("insert into helpdesk.organizations (id, name) values ('o', 'Acme')")
      for (id, failures, disabling) in [
        ("a", 12, "10 deliveries in a row failed"), ("b", 12, "by hand"), ("c", 3, nil),
      ] {
        try await database.psql(
          """
          insert into helpdesk.endpoints (org_id, id, url, events, consecutive_failures, disabled_at, disabled_reason)
          values ('o', '\(id)', 'https://example.com/', '{ticket.created}', least(\(failures), 10),
                  \(disabling == nil ? "null" : "clock_timestamp()"),
                  \(disabling.map { "'\($0)'" } ?? "null"));
          insert into helpdesk.events (org_id, id, type, body, created_at)
          values ('o', 'event-\(id)', 'webhook.test', '{}', now());
          insert into helpdesk.deliveries
            (org_id, id, endpoint_id, event_id, state, attempts, created_at, finished_at)
          select 'o', format('\(id)-%s', n), '\(id)', 'event-\(id)', 'failed', 4, now() - interval '1 h',
                 now() - (\(failures) - n) * interval '1 ms'
            from generate_series(1, \(failures)) n;
          """)
      }
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      let counts = try await database.psql(
        """
        select string_agg(coalesce((
                 select count(*) from helpdesk.deliveries d
                  where d.endpoint_id = e.id and d.finished_at >= e.failing_since
                    and e.failing_since is not null), 0)::text, ' ' order by e.id)
          from helpdesk.endpoints e
        """)
      #expect(counts == "10 0 3")
    }
  }
}
