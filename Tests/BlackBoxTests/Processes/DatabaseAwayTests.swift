import TestSupport
import Testing

extension TacoHelp {
  @Suite("The database away") struct DatabaseAwayTests {
    @Test(
      "Without it a server is up but not ready, answers 503 in time, and serves again after"
    )
    func away() async throws {
      try await Tenant.withCluster { cluster, tenant in
        let client = try tenant.client
        let port = tenant.server.port
        #expect(try await client.site.get("/readyz").status == 200)
        try await cluster.stop()
        let start = ContinuousClock.now
        let answer = try await client.get("/tickets")
        #expect(answer.outcome == "503 unavailable")
        #expect(answer.header("Retry-After").flatMap { Int($0) } != nil)
        #expect(answer.json["error"]?["requestId"]?.string == answer.header("X-Request-Id"))
        #expect(ContinuousClock.now - start < .seconds(10))
        let write = try await client.post("/chat/conversations", ["visitorName": "Sam"])
        #expect(write.outcome == "503 unavailable")
        let ready = try await client.site.get("/readyz")
        #expect(ready.status == 503)
        var browser = try Browser(tenant.server)
        browser.cookies["tacohelp_session"] = "\(tenant.id).\(String(repeating: "A", count: 43))"
        let page = try await browser.open("/settings/account")
        #expect(page.status == 503)
        #expect(page.header("Retry-After") == "1")
        #expect(page.body.contains("Not available for the moment"))
        #expect(try await client.site.get("/healthz").status == 200)
        #expect(try await client.site.get("/metrics").status == 200)
        let health = try await Program.run("health", environment: ["PORT": "\(port)"])
        #expect(health.status == 1)
        // A malformed key is refused even now.
        #expect(try await tenant.server.client("x").get("/tickets").status == 401)

        try await cluster.start()
        try await eventually("it serves again", within: .seconds(5)) {
          try await client.get("/tickets").status == 200
        }
        #expect(try await client.site.get("/readyz").status == 200)
        #expect(tenant.server.program.isRunning)
      }
    }

    @Test("Migration and server started before their database wait for it")
    func order() async throws {
      try await TestCluster.with(started: false) { cluster in
        let environment = [
          "DATABASE_URL": cluster.url(), "DATABASE_WAIT": "30s", "PORT": "\(try FreePort.find())",
        ]
        let migration = try await Program.start(["migrate"], environment: environment)
        try await cluster.start()
        #expect(try await migration.exitStatus() == 0)
        try await cluster.stop()
        let server = try await Program.start(["serve"], environment: environment)
        try await cluster.start()
        try await eventually("the server is ready", within: .seconds(20)) {
          try await Program.run("health", environment: environment).status == 0
        }
        await server.stop()
        #expect(try await server.exitStatus() == 0)
      }
    }

    @Test("Requests that wait for a lock are answered with 503 in time, and it heals")
    func locks() async throws {
      try await Tenant.withServer { tenant in
        let server = tenant.server
        let ticket = try await tenant.makeTicket().id
        let lock = PsqlSession(tenant.stage.databaseURL)
        try await lock.run("begin; select id from helpdesk.tickets for update")
        let start = ContinuousClock.now
        let outcomes = try await atOnce(30) { index in
          let answer = try await tenant.client.patch(
            "/tickets/\(ticket)", ["subject": "number \(index)"])
          #expect(answer.header("Retry-After") != nil)
          return answer.outcome
        }
        #expect(Set(outcomes) == ["503 unavailable"])
        #expect(ContinuousClock.now - start < .seconds(11))
        #expect(try await server.site.get("/healthz").status == 200)
        try await lock.run("commit")
        try await eventually("the ticket can be changed again", within: .seconds(8)) {
          try await tenant.client.patch("/tickets/\(ticket)", ["subject": "last"]).status == 200
        }
      }
    }

    @Test("Killed and started again under load: only 503 meanwhile, and soon all is well")
    func restart() async throws {
      try await Tenant.withCluster { cluster, tenant in
        let load = Load(try tenant.client)
        let pid = tenant.server.program.pid
        try await withThrowingTaskGroup(of: Void.self) { group in
          for index in 0..<16 {
            group.addTask { await load.run(writes: index % 4 == 0) }
          }
          group.addTask {
            defer { load.stop() }
            try await eventually("the load runs") {
              load.record.statuses[200, default: 0] > 50
                && load.record.statuses[201, default: 0] > 5
            }
            try await cluster.kill()
            try await eventually("the loss is noticed") { load.record.statuses[503] != nil }
            load.forgetSuccess()
            try await cluster.start()
            let back = ContinuousClock.now
            try await eventually("it serves again", within: .seconds(20)) {
              load.record.firstSuccess != nil
            }
            #expect((load.record.firstSuccess ?? .now) - back < .seconds(3))
            let before = load.record.successes
            try await eventually("the load runs again") { load.record.successes > before + 100 }
          }
          try await group.waitForAll()
        }
        let seen = load.record
        #expect(seen.failures == [])
        #expect(Set(seen.statuses.keys).isSubset(of: [200, 201, 503]), "\(seen.statuses)")
        #expect(seen.slowest < .seconds(10))
        #expect(tenant.server.program.isRunning && tenant.server.program.pid == pid)
        // Everything answered with 201 is there; the rest may be.
        let list = try await tenant.client.get("/chat/conversations").json
        let total = try #require(list["total"]?.int)
        #expect(total >= seen.statuses[201, default: 0])
        let sql = PsqlSession(cluster.url())
        #expect(try await sql.int("select count(*) from helpdesk.conversations") == total)
      }
    }
  }
}
