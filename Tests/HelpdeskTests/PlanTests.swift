import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct PlanTests {
  /// The reads of one connection since `before`: scanned tables, and rows fetched.
  private struct Reads {
    var scanned: String
    var rows: Int
  }

  /// The plans that a connection uses permanently, after a few that fit the values at hand.
  private static let forceGenericPlans = Statement(
    "select set_config('plan_cache_mode', 'force_generic_plan', false)")
  private static let flush = Statement("select pg_stat_force_next_flush()")

  /// Counts what `body` reads; the pool has one connection, whose statistics are flushed around it.
  private func reads(_ fixture: Fixture, _ body: () async throws -> Void) async throws -> Reads {
    func statistics() async throws -> [String: (scans: Int, rows: Int)] {
      _ = try await fixture.pool.read(Self.flush())
      _ = try await fixture.pool.read(Self.flush())
      let lines = try await fixture.psql(
        """
        select relname, seq_scan, coalesce(idx_tup_fetch, 0) + seq_tup_read
          from pg_stat_user_tables where schemaname = 'helpdesk'
        """)
      var tables: [String: (Int, Int)] = [:]
      for line in lines.split(separator: "\n") {
        let columns = line.split(separator: "|")
        tables[String(columns[0])] = (Int(columns[1]) ?? 0, Int(columns[2]) ?? 0)
      }
      return tables
    }
    let before = try await statistics()
    try await body()
    let after = try await statistics()
    let scanned = after.filter { $0.value.scans > before[$0.key]?.scans ?? 0 }.keys.sorted()
    let rows = after.reduce(0) { $0 + $1.value.rows - (before[$1.key]?.rows ?? 0) }
    return Reads(scanned: scanned.joined(separator: " "), rows: rows)
  }

  @Test("an admission planned while there was one key finds its own among thousands")
  func planned() async throws {
    try await Fixture.with(connections: 1) { fixture in
      _ = try await fixture.pool.read(Self.forceGenericPlans())
      let key = try await fixture.key(limit: 1000)
      let store = AdmissionStore(fixture.pool)
      _ = try await store.admit(key.hash)
      try await fixture.psql(
        """
        insert into helpdesk.organizations (id, name, plan)
        select 'org' || n, 'Org', 'PRO' from generate_series(1, 5000) n;
        insert into helpdesk.api_keys (org_id, id, name, prefix, hash, scopes)
        select 'org' || n, helpdesk.new_id(now()), 'k', 'th_', sha256(n::text::bytea), array['*']
          from generate_series(1, 5000) n
        """)
      let reads = try await reads(fixture) { _ = try await store.admit(key.hash) }
      #expect((1...20).contains(reads.rows), "it reads \(reads.rows) rows")
    }
  }

  @Test("claims and results planned while there were no deliveries touch their own among thousands")
  func plannedForNone() async throws {
    try await Fixture.with(connections: 1) { fixture in
      _ = try await fixture.pool.read(Self.forceGenericPlans())
      let store = DeliveryStore(fixture.pool)
      let endpoint = try await fixture.endpoint()
      try await fixture.makeDeliveries(1, to: endpoint)
      let gone = try await store.claim().map { DeliveryResult($0, .succeeded) }
      try await fixture.psql("delete from helpdesk.deliveries")
      try await fixture.psql("vacuum analyze helpdesk.deliveries")
      #expect(try await store.claim().isEmpty)
      _ = try await fixture.pool.execute(DeliveryStore.unit(gone))
      try await fixture.makeDeliveries(5000, to: endpoint)

      var claimed: [Delivery] = []
      let claims = try await reads(fixture) { claimed = try await store.claim(50) }
      #expect(claimed.count == 50)
      #expect((50...500).contains(claims.rows), "a claim reads \(claims.rows) rows")
      let results = claimed.map { DeliveryResult($0, .succeeded) }
      let records = try await reads(fixture) {
        _ = try await fixture.pool.execute(DeliveryStore.unit(results))
      }
      #expect(try await fixture.states(endpoint) == "pending 4950, succeeded 50")
      #expect((50...500).contains(records.rows), "their results read \(records.rows) rows")
    }
  }

  @Test("every request reads by index, and as few rows as it shows, among thousands")
  func indexes() async throws {
    try await Fixture.with(connections: 1) { fixture in
      let org = fixture.organization
      _ = try await fixture.pool.read(Self.forceGenericPlans())
      let ticket = try await fixture.ticket()
      let other = try await fixture.ticket()
      let chats = ConversationStore(fixture.pool)
      let chat = ConversationID(stored: try await chats.create(visitor: "Sam", nil, in: org).id)
      let endpoint = try await fixture.endpoint(["ticket.closed"])
      try await fixture.makeDeliveries(5000, to: endpoint)
      try await fixture.psql(
        """
        insert into helpdesk.tickets
          (org_id, id, number, subject, description, status, created_by, created_at, updated_at,
           resolved_at)
        select org_id, helpdesk.new_id(created_at), number + n, subject, description,
               case when n % 100 = 0 then 'RESOLVED' else 'OPEN' end, created_by, created_at,
               created_at, case when n % 100 = 0 then created_at end
          from helpdesk.tickets, generate_series(10, 5000) n where id = '\(ticket)';
        insert into helpdesk.conversations
          (org_id, id, visitor_name, created_at, updated_at)
        select org_id, helpdesk.new_id(created_at), 'Sam', created_at + n * interval '1 s', created_at
          from helpdesk.conversations, generate_series(1, 5000) n;
        update helpdesk.deliveries d set created_at = d.created_at - s.n * interval '1 s'
          from (select id, row_number() over () as n from helpdesk.deliveries) s where s.id = d.id;
        update helpdesk.deliveries
           set state = 'failed', next_attempt_at = null, finished_at = created_at
         where id in (select id from helpdesk.deliveries where state = 'pending' limit 100);
        update helpdesk.deliveries set state = 'held', next_attempt_at = null
         where id in (select id from helpdesk.deliveries where state = 'pending' limit 100);
        insert into helpdesk.api_keys (org_id, id, name, prefix, hash, scopes)
        select '\(org)', helpdesk.new_id(now()), 'k', 'th_', sha256(n::text::bytea), array['*']
          from generate_series(1, 5000) n;
        insert into helpdesk.users (org_id, id, name, email, role)
        select '\(org)', helpdesk.new_id(now()), 'client', n || '@example.com', 'client'
          from generate_series(1, 5000) n;
        analyze
        """)
      let key = try await fixture.key(limit: 100)
      let tickets = TicketStore(fixture.pool)
      let comments = CommentStore(fixture.pool)
      let page = Page(limit: 50, offset: 0)
      let endpoints = EndpointStore(fixture.pool, keys: SecretKeys())
      let log = DeliveryLog(fixture.pool)
      func list(_ state: Delivery.State?) async throws {
        _ = try await log.list(endpoint, in: org, .init(state: state), before: nil)
      }
      let author = try fixture.email("client@example.com")
      var patch = Ticket.Patch()
      patch.status = .waiting
      let (token, session) = try await fixture.session(
        try await fixture.account("ada@example.com"))
      let (keys, sessions) = (APIKeyStore(fixture.pool), SessionStore(fixture.pool))
      let middle = try #require(try await keys.list(org, limit: 40).last?.id)
      let operations: [(String, Int, () async throws -> Void)] = [
        ("admit", 20, { _ = try await AdmissionStore(fixture.pool).admit(key.hash) }),
        (
          "admit and read", 40,
          { _ = try await AdmissionStore(fixture.pool).admit(key.hash, reading: ticket) }
        ),
        ("find", 20, { _ = try await tickets.find(ticket, in: org) }),
        ("list", 250, { _ = try await tickets.list(nil, page, in: org) }),
        ("list by status", 250, { _ = try await tickets.list(.resolved, page, in: org) }),
        ("comment", 40, { _ = try await comments.create("x", by: author, on: ticket, in: org) }),
        ("update", 40, { _ = try await tickets.update(ticket, patch, in: org) }),
        ("create", 40, { _ = try await fixture.ticket() }),
        (
          "comment under a key", 50,
          {
            let key = try IdempotencyKey("key", of: [])
            for isReplay in [false, true] {
              let made = try await comments.create("x", by: author, on: ticket, in: org, under: key)
              #expect(made.isReplay == isReplay)
            }
          }
        ),
        ("merge", 60, { _ = try await tickets.merge(other, into: ticket, in: org) }),
        ("chats", 120, { _ = try await chats.list(nil, page, in: org) }),
        ("active chats", 120, { _ = try await chats.list(.active, page, in: org) }),
        ("chat", 20, { _ = try await chats.find(chat, in: org) }),
        ("message", 40, { _ = try await chats.send("x", from: .visitor, in: chat, of: org) }),
        ("endpoints", 20, { _ = try await endpoints.list(org) }),
        ("overview", 4500, { _ = try await endpoints.overview(endpoint, in: org) }),
        ("log", 400, { try await list(nil) }), ("log of failed", 400, { try await list(.failed) }),
        ("log of held", 400, { try await list(.held) }),
        ("end", 40, { _ = try await chats.end(chat, in: org) }),
        ("session", 20, { _ = try await sessions.find(token, in: session.organization) }),
        ("keys", 350, { _ = try await keys.list(org, limit: 51) }),
        (
          "more keys", 350,
          {
            _ = try await keys.list(
              org, after: APIKeyStore.Cursor(after: middle, isRevoked: false), limit: 51)
          }
        ),
      ]
      for (name, most, operation) in operations {
        let reads = try await reads(fixture, operation)
        #expect(reads.scanned.isEmpty, "\(name) scans a table")
        #expect((1...most).contains(reads.rows), "\(name) reads \(reads.rows) rows")
      }
    }
  }

  @Test("the check of secrets reads a few of each key among thousands")
  func secrets() async throws {
    try await Fixture.with(connections: 1) { fixture in
      _ = try await fixture.pool.read(Self.forceGenericPlans())
      let endpoint = try await fixture.endpoint()
      try await fixture.psql(
        """
        insert into helpdesk.endpoint_secrets (org_id, id, endpoint_id, secret, key_id, expires_at)
        select '\(fixture.organization)', helpdesk.new_id(now()), '\(endpoint)', 'AAAA',
               'key' || n % 20, now() + interval '1 day'
          from generate_series(1, 5000) n;
        analyze
        """)
      let store = SecretStore(fixture.pool, keys: SecretKeys())
      let reads = try await reads(fixture) {
        let faults = try await store.faults()
        #expect(faults == (0..<20).map { .unknownKey("key\($0)") }.sorted { $0.keyID < $1.keyID })
      }
      #expect(reads.scanned.isEmpty)
      #expect((60...100).contains(reads.rows), "\(reads.rows)")
    }
  }
}
