import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Postgres

extension ClusterTests {
  @Suite("A server that dies") struct RestartTests {
    /// The successes and errors of many callers.
    private final class Tally: Sendable {
      struct State {
        var successes = 0
        var errors: [PostgresError] = []
        var isOver = false
      }
      let state = Mutex(State())
      var successes: Int { state.withLock { $0.successes } }
      var isOver: Bool { state.withLock { $0.isOver } }
    }

    @Test(
      "killed and started again under load: transient errors only, and a success within 3 s",
      arguments: [true, false])
    func restart(isKilled: Bool) async throws {
      try await TestCluster.with { cluster in
        try await withPool(cluster.url(), connections: 4) { pool in
          let tally = Tally()
          try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
              group.addTask {
                let echo = Statement("select $1", .int4)
                while !tally.isOver {
                  do throws(PostgresError) {
                    let value = try await pool.read(echo(.int4(7))).first?.int4()
                    tally.state.withLock { if value == 7 { $0.successes += 1 } }
                  } catch {
                    tally.state.withLock { $0.errors.append(error) }
                  }
                }
              }
            }
            defer { tally.state.withLock { $0.isOver = true } }
            for _ in 0..<2 {
              let before = tally.successes
              try await eventually("load") { tally.successes > before + 100 }
              if isKilled { try await cluster.kill() } else { try await cluster.stop(.fast) }
              try await cluster.start()
              let atStart = tally.successes
              try await eventually("a success", within: .seconds(3)) {
                tally.successes > atStart
              }
            }
          }
          let errors = tally.state.withLock { $0.errors }
          #expect(!errors.isEmpty)
          for error in errors where !error.isTransient { Issue.record("\(error)") }
        }
      }
    }

    @Test("callers are answered in good time while it is away, and at once if too many wait")
    func away() async throws {
      try await TestCluster.with { cluster in
        try await withPool(
          cluster.url(),
          settings: configured {
            $0.queueTimeout = .milliseconds(500)
            $0.queueLimit = 10
          }
        ) { pool in
          try await expectFine(pool)
          try await cluster.stop()
          for _ in 0..<3 {
            let clock = ContinuousClock()
            let start = clock.now
            var kinds: [String: Int] = [:]
            for answer in (0..<30).map({ _ in pool.start("select 1") }) {
              kinds[await answer.error()?.kind ?? "none", default: 0] += 1
            }
            #expect(kinds["queue_full"] == 20)
            #expect(kinds["cannot_connect"] == 10)
            #expect(clock.now - start < .milliseconds(1500))
          }
          try await cluster.start()
          try await eventually("works again", within: .seconds(3)) {
            (try? await pool.text("select 'fine'")) == "fine"
          }
        }
      }
    }

    @Test("a silent backend costs its units their deadline, and the pool one connection")
    func silent() async throws {
      try await TestCluster.with { cluster in
        try await withPool(
          cluster.url(), connections: 1, settings: configured { $0.timeout = .seconds(1) }
        ) { pool in
          let pid = Int32(try await pool.int("select pg_backend_pid()"))
          #expect(kill(pid, SIGSTOP) == 0)
          defer { kill(pid, SIGCONT) }
          let time = await time {
            let answers = (0..<5).map { _ in pool.start("select 1") }
            for answer in answers {
              let error = await answer.error()
              #expect(error?.isTransient == true)
              #expect(["timeout", "connection_lost"].contains(error?.kind))
            }
          }
          #expect((.milliseconds(990)..<(.milliseconds(1900))).contains(time))
          try await expectFine(pool)
          #expect(try await pool.int("select pg_backend_pid()") != Int(pid))
        }
      }
    }

    @Test("a server with too few connections serves with those it gives") func tooFew() async throws
    {
      try await TestCluster.with(settings: [
        "max_connections": "6", "superuser_reserved_connections": "0", "max_wal_senders": "0",
      ]) { cluster in
        try await withPool(cluster.url(), connections: 12) { pool in
          for _ in 0..<20 {
            for answer in (0..<50).map({ _ in pool.start("select 1") }) {
              #expect(await answer.error() == nil)
            }
          }
        }
      }
    }
  }
}
