import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct ClaimTests {
  @Test("a claim has everything that an attempt needs, and the live secrets, newest first")
  func contents() async throws {
    try await Fixture.with { fixture in
      let operations = OperatorFunctions(fixture.pool)
      let endpoint = try await fixture.endpoint()
      let second = try await operations.rotateSecret(endpoint.rawValue)
      let third = try await operations.rotateSecret(endpoint.rawValue)
      try await fixture.psql(
        """
        update helpdesk.endpoint_secrets set expires_at = clock_timestamp()
         where secret not in ('\(second)', '\(third)')
        """)
      let ticket = try await fixture.ticket()
      let delivery = try #require(try await DeliveryStore(fixture.pool).claim().first)
      #expect(delivery.organization == fixture.organization)
      #expect(delivery.endpoint == endpoint)
      #expect(delivery.type == "ticket.created")
      #expect(delivery.url == "https://example.com/")
      #expect(delivery.secrets.map(\.text) == [third, second])
      #expect(delivery.failedAttempts == 0)
      #expect(delivery.waited >= .zero)
      let now = try await fixture.psql("select extract(epoch from clock_timestamp())::int")
      #expect(abs(delivery.clock.unixSeconds - (Int(now) ?? 0)) <= 2)
      #expect(delivery.body.hasPrefix("{\"id\":\"\(delivery.event)\","))
      #expect(delivery.body.contains(ticket.rawValue))
    }
  }

  @Test("a claim is not given out before a synchronous standby has it")
  func standby() async throws {
    try await TestCluster.with { cluster in
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: cluster.url()))
      try await withPool(cluster.url()) { pool in
        let operations = OperatorFunctions(pool)
        let org = try await operations.createOrganization(name: "Acme", plan: "pro")
        _ = try await operations.createEndpoint(
          org: org, url: "https://example.com/", events: ["ticket.created"])
        _ = try await TicketStore(pool).create(
          Ticket.Draft(
            subject: "S", description: "D",
            createdByEmail: try #require(EmailAddress("client@example.com"))),
          in: OrganizationID(stored: org))
        // Processes take up a changed configuration one after the other: a session may know of the
        // standby before commits wait for it. After a restart all of them have it.
        try await cluster.server.psql("alter system set synchronous_standby_names = 'nobody'")
        try await cluster.stop()
        try await cluster.start()
        try await eventually("the pool has its connections again") {
          (try? await pool.read(Statement("select 1")())) != nil
        }
        await #expect(throws: PostgresError.timeout(mayHaveRun: true)) {
          try await DeliveryStore(pool).claim()
        }
      }
    }
  }

  @Test("endpoints get one each of what is not shared out", arguments: [(40, 4), (4, 1), (0, 1)])
  func shared(places: Int, each: Int) async throws {
    try await Fixture.with { fixture in
      for _ in 0..<10 { _ = try await fixture.endpoint(due: 5) }
      let deliveries = try await DeliveryStore(fixture.pool).claim(
        ClaimLimits(
          all: 100, ofStanding: [.unknown: 50], shared: [.unknown: places], ofOne: 4,
          retriesOfOne: 4))
      let ofEach = deliveries.reduce(into: [:]) { $0[$1.endpoint, default: 0] += 1 }
      #expect(ofEach.count == 10)
      #expect(Set(ofEach.values) == [each])
    }
  }

  @Test("endpoints share a claim equally, and none gets more than its room")
  func fairness() async throws {
    try await Fixture.with { fixture in
      let (busy, quiet, full) = (
        try await fixture.endpoint(), try await fixture.endpoint(), try await fixture.endpoint()
      )
      try await fixture.makeDeliveries(100, to: busy)
      try await fixture.makeDeliveries(2, to: quiet)
      try await fixture.makeDeliveries(5, to: full)
      let store = DeliveryStore(fixture.pool)
      func claim(_ most: Int, _ loads: [ClaimLimits.Load]) async throws -> [EndpointID: Int] {
        try await store.claim(most, ofOne: 4, loads: loads)
          .reduce(into: [:]) { $0[$1.endpoint, default: 0] += 1 }
      }
      func load(_ endpoint: EndpointID, room: Int, underWay: Int) -> ClaimLimits.Load {
        ClaimLimits.Load(
          endpoint: endpoint, standing: .unknown, room: room, retryRoom: 0, underWay: underWay)
      }
      let none = load(full, room: 0, underWay: 4)
      #expect(try await claim(2, [none]) == [busy: 1, quiet: 1])
      // The one with the least under way goes first.
      let loads = [load(busy, room: 50, underWay: 1), none]
      #expect(try await claim(1, loads) == [quiet: 1])
      #expect(try await claim(60, loads) == [busy: 50])
      #expect(try await claim(60, [none]) == [busy: 4])
      #expect(try await claim(60, []) == [busy: 4, full: 4])
    }
  }

  @Test("failing and unknown endpoints share a part of the places, so that others find room")
  func standings() async throws {
    try await Fixture.with { fixture in
      var endpoints: [EndpointID] = []
      for _ in 0..<9 { endpoints.append(try await fixture.endpoint(due: 5)) }
      func load(_ endpoint: EndpointID, _ standing: ClaimLimits.Standing) -> ClaimLimits.Load {
        ClaimLimits.Load(
          endpoint: endpoint, standing: standing, room: 5, retryRoom: 0, underWay: 0)
      }
      let limits = ClaimLimits(
        all: 20, ofStanding: [.failing: 2, .unknown: 6, .proven: 20], ofOne: 5, retriesOfOne: 5,
        loads: endpoints[..<3].map { load($0, .failing) } + [load(endpoints[8], .proven)])
      let claimed = try await DeliveryStore(fixture.pool).claim(limits)
        .reduce(into: [EndpointID: Int]()) { $0[$1.endpoint, default: 0] += 1 }
      #expect(endpoints[..<3].map { claimed[$0] ?? 0 }.sorted() == [0, 1, 1])
      #expect(endpoints[3..<8].map { claimed[$0] ?? 0 } == [1, 1, 1, 1, 1])
      #expect(claimed[endpoints[8]] == 5)
    }
  }

  @Test("retries do not wait behind a backlog of first attempts")
  func retries() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await fixture.endpoint(due: 1)
      let store = DeliveryStore(fixture.pool)
      let failed = try #require(try await store.claim().first)
      try await fixture.makeDeliveries(50, to: endpoint)
      _ = try await store.record(DeliveryResult(failed, .retry(after: .zero)))
      let load = ClaimLimits.Load(
        endpoint: endpoint, standing: .failing, room: 0, retryRoom: 3, underWay: 1)
      #expect(try await store.claim(loads: [load]).map(\.id) == [failed.id])
      #expect(try await store.claim(loads: [load]).isEmpty)
      #expect(try await store.claim().count == 50)
    }
  }

  @Test("a claim takes at least one delivery, and no more bytes than it may")
  func bytes() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await fixture.endpoint()
      for _ in 0..<5 { try await fixture.makeDeliveries(1, to: endpoint) }
      try await fixture.psql("update helpdesk.events set body = repeat('x', 1000)")
      let store = DeliveryStore(fixture.pool)
      func claim(_ bytes: Int) async throws -> Int {
        try await store.claim(ClaimLimits(all: 9, ofOne: 9, retriesOfOne: 9, bytes: bytes)).count
      }
      #expect(try await claim(1) == 1)
      #expect(try await claim(1001) == 2)
      #expect(try await claim(1_000_000) == 2)
    }
  }

  @Test("endpoints that are left out keep what waits, retries included")
  func exceptions() async throws {
    try await Fixture.with { fixture in
      let (out, other) = (try await fixture.endpoint(), try await fixture.endpoint())
      for endpoint in [out, other] { try await fixture.makeDeliveries(3, to: endpoint) }
      try await fixture.psql(
        "update helpdesk.deliveries set attempts = 1 where id = (select min(id) from helpdesk.deliveries)"
      )
      var limits = ClaimLimits(all: 9, ofOne: 9, retriesOfOne: 9)
      limits.except = [out]
      let store = DeliveryStore(fixture.pool)
      #expect(try await store.claim(limits).map(\.endpoint) == [other, other, other])
      #expect(try await store.claim(limits).isEmpty)
      #expect(try await store.claim().count == 3)
    }
  }

  @Test("what is not due, claimed already or for a disabled endpoint is not claimed")
  func refusals() async throws {
    try await Fixture.with { fixture in
      let later = try await fixture.endpoint(due: 2)
      let disabled = try await fixture.endpoint(due: 2)
      try await fixture.psql(
        """
        update helpdesk.deliveries set next_attempt_at = next_attempt_at + interval '1 h'
         where endpoint_id = '\(later)';
        update helpdesk.endpoints set disabled_at = clock_timestamp(), disabled_reason = 'x'
         where id = '\(disabled)'
        """)
      let store = DeliveryStore(fixture.pool)
      #expect(try await store.claim().isEmpty)
      try await fixture.makeDeliveries(3, to: later)
      #expect(try await store.claim().count == 3)
      #expect(try await store.claim().isEmpty)
    }
  }

  @Test("claims at once, from several stores, share the deliveries without overlap")
  func concurrency() async throws {
    try await Fixture.with { fixture in
      for _ in 0..<2 { _ = try await fixture.endpoint(due: 300) }
      let claimed = try await atOnce(6) { _ in
        let store = DeliveryStore(fixture.pool)
        var ids: [DeliveryID] = []
        for _ in 0..<10 { ids += try await store.claim(20).map(\.id) }
        return ids
      }.flatMap { $0 }
      #expect(Set(claimed).count == claimed.count)
      let rest = try await DeliveryStore(fixture.pool).claim(600, ofOne: 600)
      #expect(claimed.count + rest.count == 600)
    }
  }

  @Test(
    "a lease that ends without a result is taken over, and its first holder's result is refused")
  func rescue() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await fixture.endpoint(due: 2)
      let store = DeliveryStore(fixture.pool)
      let lost = try #require(try await store.claim(1).first)
      #expect(try await store.rescue() == 0)
      try await fixture.psql(
        """
        update helpdesk.deliveries set locked_until = clock_timestamp() - interval '1 s'
         where state = 'sending'
        """)
      #expect(try await store.rescue() == 1)
      #expect(try await store.record(DeliveryResult(lost, .succeeded)) == .lost)
      let again = try await store.claim()
      #expect(again.count == 2)
      #expect(again.contains { $0.id == lost.id && $0.lockedUntil > lost.lockedUntil })
      #expect(try await store.record(DeliveryResult(lost, .succeeded)) == .lost)
      #expect(try await fixture.states(endpoint) == "sending 2")
      #expect(try await fixture.psql("select count(*) from helpdesk.attempts") == "0")
    }
  }

  @Test("the queue's depth and the age of its oldest due delivery are known")
  func depth() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await fixture.endpoint(due: 5)
      let store = DeliveryStore(fixture.pool)
      _ = try await store.claim(2)
      try await fixture.psql(
        """
        update helpdesk.deliveries set next_attempt_at = clock_timestamp() - interval '90 s'
         where state = 'pending'
        """)
      var queue = try await DeliveryQueue.read(fixture.pool)
      #expect((queue.pending, queue.sending, queue.held) == (3, 2, 0))
      #expect(queue.oldestDue >= .seconds(90) && queue.oldestDue < .seconds(120))
      try await OperatorFunctions(fixture.pool).disableEndpoint(endpoint.rawValue)
      queue = try await DeliveryQueue.read(fixture.pool)
      #expect((queue.pending, queue.sending, queue.held) == (0, 2, 3))
      #expect(queue.oldestDue == .zero)
    }
  }
}
