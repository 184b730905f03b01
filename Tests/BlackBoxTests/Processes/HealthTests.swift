import TestSupport
import Testing

extension TacoHelp {
  @Suite("Health") struct HealthTests {
    @Test(
      "A server that is up and ready says so, to GET and HEAD", arguments: ["/healthz", "/readyz"])
    func ready(path: String) async throws {
      let client = try Stage.require().server.client()
      let answer = try await client.get("/\(path)")
      #expect(answer.status == 200)
      let head = try await client.send("HEAD", "/\(path)")
      #expect(head.status == 200)
      #expect(head.body.isEmpty)
      let post = try await client.send("POST", "/\(path)")
      #expect(post.status == 405)
      #expect(post.header("Allow")?.contains("GET") == true)
    }

    @Test("The command that asks has exit code 0 when ready, another when nobody answers")
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
      try await Stage.withDatabase { database in
        try await Server.with(database.url) { server in
          #expect(try await server.client().get("//readyz").status == 200)
          try await database.psql(
            """
            delete from migrations.applied
             where version = (select max(version) from migrations.applied)
            """)
          try await eventually("not ready") {
            try await server.client().get("//readyz").status == 503
          }
          #expect(try await server.client().get("//healthz").status == 200)
        }
      }
    }
  }
}
