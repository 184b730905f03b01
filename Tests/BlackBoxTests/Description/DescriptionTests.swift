import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("The description of the API") struct DescriptionTests {
    static let files = [
      ("openapi.yaml", "application/yaml"), ("openapi.json", "application/json"),
    ]

    @Test("It is served to everybody by GET and HEAD", arguments: files)
    func served(name: String, mediaType: String) async throws {
      let client = try Stage.require().server.client()
      let answer = try await client.get("//\(name)")
      #expect(answer.status == 200)
      #expect(answer.header("Content-Type") == mediaType)
      if name == "openapi.yaml" { #expect(answer.body == (try Repository.text(name))) }
      #expect(answer.header("Access-Control-Allow-Origin") == "*")
      #expect(answer.header("X-Request-Id") != nil)
      let head = try await client.send("HEAD", "//\(name)")
      #expect(head.status == 200)
      #expect(head.body.isEmpty)
      for header in ["Content-Type", "Content-Length", "ETag", "Cache-Control"] {
        #expect(head.header(header) != nil)
        #expect(head.header(header) == answer.header(header))
      }
    }

    @Test("A client that has it already is told so", arguments: files.map(\.0))
    func cached(name: String) async throws {
      let client = try Stage.require().server.client()
      let tag = try #require(try await client.get("//\(name)").header("ETag"))
      for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
        let answer = try await client.send("GET", "//\(name)", headers: [("If-None-Match", known)])
        #expect(answer.status == 304)
        #expect(answer.body.isEmpty)
        #expect(answer.header("ETag") == tag)
      }
      let other = try await client.send("GET", "//\(name)", headers: [("If-None-Match", "\"x\"")])
      #expect(other.status == 200)
    }

    @Test("Its server is PUBLIC_URL where there is one")
    func publicServer() async throws {
      try await Stage.withDatabase { database in
        let environment = ["PUBLIC_URL": "https://help.example.com/"]
        try await Server.with(database.url, environment: environment) { server in
          let client = try server.client()
          let json = try await client.get("//openapi.json")
          let yaml = try await client.get("//openapi.yaml")
          #expect(json.json["servers"]?[0]?["url"]?.string == "https://help.example.com")
          #expect(yaml.body.contains("\n  - url: 'https://help.example.com'\n"))
          let known = try await Stage.require().server.client().get("//openapi.json")
          #expect(json.header("ETag") != known.header("ETag"))
        }
      }
    }

    @Test("It cannot be written", arguments: files.map(\.0))
    func methods(name: String) async throws {
      for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = try await Stage.require().server.client().send(method, "//\(name)")
        #expect(answer.outcome == "405 method_not_allowed")
        #expect(answer.header("Allow") == "GET, HEAD")
      }
    }

    @Test("It is valid, its examples are too, and the JSON says the same as the YAML")
    func valid() async throws {
      let json = try await Stage.require().server.client().get("//openapi.json").body
      try await TemporaryDirectory.with { directory in
        let file = directory.appendingPathComponent("openapi.json")
        try Data(json.utf8).write(to: file)
        try await TestPython.run(
          "check_description.py", [Repository.path("openapi.yaml"), file.path])
      }
    }

    @Test("It has the version of the executable")
    func version() async throws {
      let document = try await Stage.require().server.client().get("//openapi.json").json
      let version = try await Program.run("--version").line
      #expect(document["info"]?["version"]?.string == version)
    }

    @Test("Every operation in it is there, and takes the scope that it names")
    func operations() async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let operations = try await DescribedOperation.all()
      #expect(operations.count(where: { $0.scope != nil }) == Operation.allCases.count)
      for operation in operations {
        guard let scope = operation.scope else {
          let answer = try await operation.request(tenant.stage.server.client(), subjects)
          #expect(answer.status == 200, "\(operation.id)")
          continue
        }
        // Without a body, what takes one is a mistake, but a route.
        let answer = try await operation.request(tenant.client, subjects)
        #expect(answer.outcome == (operation.method == "GET" ? "200" : "400 invalid_json"))
        let others = Operation.scopes.filter { $0 != scope }
        let client = try tenant.stage.server.client(try await tenant.makeKey(scopes: others))
        let refused = try await operation.request(client, subjects)
        #expect(refused.outcome == "403 insufficient_scope")
        #expect(refused.json["error"]?["message"]?.string?.hasSuffix(" \(scope)") == true)
      }
    }
  }
}
