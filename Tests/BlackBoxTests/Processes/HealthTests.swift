import TestSupport
import Testing

extension TacoHelp {
  @Suite("Health") struct HealthTests {
    @Test("The command exits with 0 when the server is ready, with another when nobody answers")
    func command() async throws {
      let port = try Stage.require().server.port
      let ready = try await Program.run("health", environment: ["PORT": "\(port)"])
      #expect(ready.status == 0)
      let byFlag = try await Program.run("health", "--port", "\(port)", "--host", "0.0.0.0")
      #expect(byFlag.status == 0)
      let nobody = try await Program.run("health", environment: ["PORT": "\(FreePort.find())"])
      #expect(nobody.status == 1)
      #expect(nobody.complaints.count == 1)
    }

    @Test("A schema that is not current is not ready")
    func schema() async throws {
      try await Tenant.withServer { tenant in
        let site = try tenant.server.site
        #expect(try await site.get("/readyz").status == 200)
        try await tenant.sql.run(
          """
          delete from migrations.applied
           where version = (select max(version) from migrations.applied)
          """)
        try await eventually("not ready") { try await site.get("/readyz").status == 503 }
        #expect(try await site.get("/healthz").status == 200)
      }
    }
  }
}
