import TestSupport
import Testing

@testable import Postgres

extension ClusterTests {
  @Suite("Hosts, TLS and PgBouncer") struct NetworkTests {
    @Test("the live, writable one of several hosts is used") func hosts() async throws {
      let dead = try FreePort.find()
      try await TestCluster.with(settings: ["default_transaction_read_only": "on"]) { reader in
        try await TestCluster.with { writer in
          let url =
            "postgresql://postgres@127.0.0.1:\(dead),127.0.0.1:\(reader.port),"
            + "127.0.0.1:\(writer.port)/postgres?target_session_attrs="
          try await withPool(url + "read-write") { pool in
            #expect(try await pool.text("select current_setting('port')") == "\(writer.port)")
            try await pool.run("create table t (n int)")
          }
          try await withPool(url + "any") { pool async throws in
            #expect(try await pool.text("select current_setting('port')") == "\(reader.port)")
          }
        }
      }
    }

    @Test("TLS with sslmode=verify-full accepts only the right certificate for the right host")
    func tls() async throws {
      try await TestCluster.with(tls: true, started: false) { stranger in
        try await TestCluster.with(tls: true) { cluster in
          func url(host: String, authority: TestCluster) -> String {
            cluster.url(
              host: host,
              parameters: "sslmode=verify-full&sslrootcert=\(authority.certificateAuthority)"
                + "&hostaddr=127.0.0.1")
          }
          try await withPool(url(host: "localhost", authority: cluster)) { pool in
            let version = try await pool.text(
              "select version from pg_stat_ssl where pid = pg_backend_pid()")
            #expect(version.hasPrefix("TLSv1."))
            // Large answers come in many TLS records, of which libpq may have read ahead.
            let echo = Statement("select $1", .text)
            let answers = (0..<20).map { i in
              let text = String(repeating: "\(i) ", count: 100_000)
              return (text, pool.start(UnitOfWork(.read, echo(.text(text)))))
            }
            for (text, answer) in answers {
              #expect(try await answer.rows()[0].first?.text() == text)
            }
          }
          for (wrong, reason) in [
            (url(host: "localhost", authority: stranger), "certificate verify failed"),
            (url(host: "127.0.0.1", authority: cluster), "does not match host name"),
          ] {
            try await withPool(wrong, settings: configured { $0.queueTimeout = .seconds(1) }) {
              pool in
              let text = await failure { try await pool.run("select 1") }?.cannotConnect
              #expect(text?.contains(reason) == true, "\(text ?? "connected")")
            }
          }
        }
      }
    }

    @Test("behind PgBouncer in transaction mode 3 connections work through 2 of the server's")
    func pgBouncer() async throws {
      try await TestCluster.with { cluster in
        let port = try FreePort.find()
        let bouncer = try await TestProcess(
          "/usr/sbin/pgbouncer",
          [
            try cluster.writeFile(
              "pgbouncer.ini",
              """
              [databases]
              postgres = host=127.0.0.1 port=\(cluster.port) dbname=postgres user=postgres
              hostile = host=127.0.0.1 port=\(cluster.port) dbname=hostile user=postgres
              [pgbouncer]
              listen_addr = 127.0.0.1
              listen_port = \(port)
              unix_socket_dir =
              auth_type = any
              pool_mode = transaction
              default_pool_size = 2
              max_client_conn = 50
              """)
          ], unprivileged: true)
        do {
          try await useBouncer("postgresql://postgres@127.0.0.1:\(port)/postgres", cluster)
          try await tellDefaults("postgresql://postgres@127.0.0.1:\(port)/hostile", cluster)
        } catch {
          await bouncer.stop()
          throw TestError("\(error)\n\(bouncer.output)")
        }
        await bouncer.stop()
      }
    }

    /// Reads the database's defaults where sessions cannot be given settings.
    private func tellDefaults(_ url: String, _ cluster: TestCluster) async throws {
      try await cluster.server.psql("create database hostile")
      try await cluster.server.psql(
        """
        alter database hostile set default_transaction_isolation = serializable;
        alter database hostile set default_transaction_read_only = on;
        alter database hostile set timezone = 'Asia/Kathmandu';
        """)
      try await withPool(url, settings: configured { $0.hasOwnSession = false }) {
        pool async throws in
        #expect(
          try await pool.wrongDefaults() == [
            "default_transaction_isolation = 'read committed'",
            "default_transaction_read_only = 'off'",
          ])
      }
      try await withPool(cluster.url(database: "hostile")) { pool async throws in
        #expect(try await pool.wrongDefaults() == [])
        #expect(try await pool.text("show default_transaction_isolation") == "read committed")
      }
    }

    private func useBouncer(_ url: String, _ cluster: TestCluster) async throws {
      try await cluster.server.psql("create table t (n int primary key)")
      try await withPool(url, settings: configured { $0.hasOwnSession = false }) {
        pool async throws in
        try await eventually("connected") { (try? await pool.run("select 1")) != nil }
        let echo = Statement("select $1, pg_backend_pid()", .int4)
        let insert = Statement("insert into t values ($1)", .int4)
        let answers = (0..<600).map { i in
          // Every third unit fails in its second statement.
          let unit =
            i % 3 == 0
            ? UnitOfWork(.write, insert(.int4(Int32(i))), insert(.int4(Int32(i))))
            : i % 3 == 1
              ? UnitOfWork(.write, insert(.int4(Int32(i))), echo(.int4(Int32(i))))
              : UnitOfWork(.read, echo(.int4(-1)), echo(.int4(Int32(i))))
          return (i, pool.start(unit))
        }
        var pids: Set<Int> = []
        for (i, answer) in answers {
          if i % 3 == 0 {
            let error = await answer.error()
            #expect(error?.sqlState == "23505")
          } else {
            let row = try #require(try await answer.rows()[1].first)
            #expect(try row.int4() == i)
            pids.insert(try row.column(1) { try $0.int4() })
          }
        }
        #expect((1...2).contains(pids.count))
        #expect(try await pool.int("select count(*)::int from t") == 200)
        #expect(try await pool.wrongDefaults() == [])
      }
    }
  }
}
