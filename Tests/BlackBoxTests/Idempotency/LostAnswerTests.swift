import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Answers that got lost") struct LostAnswerTests {
    private static let body =
      #"{"subject":"Cold","description":"Very cold.","createdByEmail":"new@example.com"}"#

    /// Lends a ticket that is on its way through the first of two servers, held up by a lock.
    private func withHeldRequest(
      _ body: (Tenant, Server, RawConnection, PsqlSession, APIClient) async throws -> Void
    ) async throws {
      try await Tenant.withServer { tenant in
        let doomed = try await Server.start(tenant.stage.databaseURL)
        try await doomed.program.stopping {
          let lock = PsqlSession(tenant.stage.databaseURL)
          try await lock.run("begin; select from helpdesk.ticket_counters for update")
          let connection = try doomed.connect()
          try await connection.send(
            "POST /api/external/tickets HTTP/1.1\r\nHost: taco\r\nIdempotency-Key: once\r\n"
              + "Authorization: Bearer \(tenant.key)\r\n"
              + "Content-Length: \(Self.body.utf8.count)\r\n\r\n\(Self.body)")
          try await waiting(1, tenant)
          try await body(tenant, doomed, connection, lock, tenant.client)
        }
      }
    }

    private func waiting(_ count: Int, _ tenant: Tenant) async throws {
      try await eventually("\(count) wait for a lock") {
        try await tenant.sql.int(
          """
          select count(*) from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'
          """) == count
      }
    }

    private func ask(_ client: APIClient) async throws -> Answer {
      try await client.send(
        "POST", "/tickets", headers: [("Idempotency-Key", "once")], body: Array(Self.body.utf8))
    }

    @Test("A server killed between commit and answer: asked again, another one has the answer")
    func afterCommit() async throws {
      try await withHeldRequest { tenant, doomed, connection, lock, client in
        // While stopped, it cannot read the database's answer.
        try await doomed.program.halt()
        try await lock.run("commit")
        try await eventually("the ticket is there") { try await tenant.effects()[0] == 1 }
        doomed.program.signal(SIGKILL)
        #expect(try await connection.waitForClose() == "")
        let answer = try await ask(client)
        #expect(answer.status == 201)
        #expect(answer.isReplay)
        let shown = try await client.get("/tickets/\(answer.json.id)").json.without(
          "comments", "commentsNextCursor")
        #expect(answer.json == shown)
        #expect(try await tenant.effects() == [1, 0, 0, 0, 1, 0])
      }
    }

    @Test("A server killed before the commit: whoever gets through, it is done once")
    func beforeCommit() async throws {
      try await withHeldRequest { tenant, doomed, connection, lock, client in
        doomed.program.signal(SIGKILL)
        #expect(try await connection.waitForClose() == "")
        async let again = ask(client)
        try await waiting(2, tenant)
        try await lock.run("commit")
        let answer = try await again
        #expect(answer.status == 201)
        let later = try await ask(client)
        #expect(later.isReplay)
        #expect(later.essence == answer.essence)
        #expect(try await tenant.effects() == [1, 0, 0, 0, 1, 0])
      }
    }

    @Test("A key is good for 24 hours; then the worker deletes it, and it is new")
    func pruning() async throws {
      try await Sending.with(worker: false) { sending in
        let client = try sending.tenant.client
        let first = try await ask(client)
        let young = Keyed(.startConversation, .nobody, key: "young")
        _ = try await young.send(client)
        func age(_ key: String, _ minutes: Int) async throws {
          try await sending.sql.run(
            """
            update helpdesk.idempotency_keys set created_at = now() - interval '\(minutes) minutes'
             where key = '\(key)'
            """)
        }
        try await age("young", 24 * 60 - 5)
        try await age("once", 24 * 60 + 1)
        try await sending.withWorker { _ in
          try await eventually("the old key is gone") {
            try await sending.sql.run("select key from helpdesk.idempotency_keys") == "young"
          }
        }
        #expect(try await young.send(client).isReplay)
        let second = try await ask(client)
        #expect(second.status == 201)
        #expect(!second.isReplay)
        #expect(second.json.id != first.json.id)
      }
    }
  }
}
