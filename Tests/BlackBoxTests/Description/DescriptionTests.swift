import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("The description of the API") struct DescriptionTests {
    static let files = [
      ("openapi.yaml", "application/yaml"), ("openapi.json", "application/json"),
    ]

    @Test("It is served to everybody, to the letter", arguments: files)
    func served(name: String, mediaType: String) async throws {
      let answer = try await Stage.require().server.site.get("/\(name)")
      #expect(answer.status == 200)
      #expect(answer.header("Content-Type") == mediaType)
      if name == "openapi.yaml" { #expect(answer.body == (try Repository.text(name))) }
      #expect(answer.header("Access-Control-Allow-Origin") == "*")
      #expect(answer.header("X-Request-Id") != nil)
    }

    @Test("Its server is PUBLIC_URL where there is one")
    func publicServer() async throws {
      let environment = ["PUBLIC_URL": "https://help.example.com/"]
      try await Tenant.withServer(environment: environment) { tenant in
        let site = try tenant.server.site
        let json = try await site.get("/openapi.json")
        let yaml = try await site.get("/openapi.yaml")
        #expect(json.json["servers"]?[0]?["url"]?.string == "https://help.example.com")
        #expect(yaml.body.contains("\n  - url: 'https://help.example.com'\n"))
        let known = try await Stage.require().server.site.get("/openapi.json")
        #expect(json.header("ETag") != known.header("ETag"))
      }
    }

    @Test("It is valid, its examples are too, and the JSON says the same as the YAML")
    func valid() async throws {
      let json = try await Stage.require().server.site.get("/openapi.json").body
      try await TemporaryDirectory.with { directory in
        let file = directory.appendingPathComponent("openapi.json")
        try Data(json.utf8).write(to: file)
        try await TestPython.run(
          "check_description.py", [Repository.path("openapi.yaml"), file.path])
      }
    }

    @Test("It has the version of the executable")
    func version() async throws {
      let document = try await Stage.require().server.site.get("/openapi.json").json
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
          let answer = try await operation.request(tenant.server.client(), subjects)
          #expect(answer.status == 200, "\(operation.id)")
          continue
        }
        // Without a body, what takes one is a mistake, but a route.
        let answer = try await operation.request(tenant.client, subjects)
        #expect(answer.outcome == (operation.method == "GET" ? "200" : "400 invalid_json"))
        let others = Operation.scopes.filter { $0 != scope }
        let client = try tenant.server.client(try await tenant.makeKey(scopes: others))
        let refused = try await operation.request(client, subjects)
        #expect(refused.outcome == "403 insufficient_scope")
        #expect(refused.json["error"]?["message"]?.string?.hasSuffix(" \(scope)") == true)
      }
    }
  }
}
