import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("tacohelp secrets") struct SecretsCommandTests {
    @Test("The eleventh secret is refused: exit code 64 and a page that says so")
    func most() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let path = try await tenant.makeEndpoint()
      let id = String(try #require(path.split(separator: "/").last))
      for _ in 0..<9 { #expect(try await person.run("webhook", "rotate", id).status == 0) }
      let refused = try await person.run("webhook", "rotate", id)
      #expect(refused.status == 64)
      #expect(refused.complaints.first?.contains("10 secrets of this endpoint sign") == true)
      var browser = try await tenant.browser(tenant.admin)
      let form = try await browser.open("\(path)/rotate")
      let page = try await browser.send(
        "\(path)/rotate", [("current", form.field("current") ?? "")])
      #expect(page.status == 409)
      #expect(page.body.contains("Ten secrets sign already"))
    }

    @Test(
      "Production needs a key: exit code 78",
      arguments: [
        ["serve"], ["worker"], ["webhook", "rotate", "c0000000000000000000000aa"],
        ["webhook", "create", "--org", "x", "--url", "https://192.0.2.1/", "--events", "x"],
      ])
    func production(arguments: [String]) async throws {
      let outcome = try await Program.run(
        arguments,
        environment: [
          "DATABASE_URL": try Stage.require().databaseURL, "ENVIRONMENT": "production", "PORT": "0",
        ])
      #expect(outcome.status == 78)
      #expect(outcome.complaints.count == 1)
      #expect(outcome.complaints.first?.contains("needs SECRET_KEYS") == true)
    }

    @Test("secrets key prints a key that a production server takes, from a file as well")
    func key() async throws {
      let outcome = try await Program.run("secrets", "key")
      #expect(outcome.standardOutput.wholeMatch(of: /k[0-9a-f]{8}:[A-Za-z0-9+\/]{43}=\n/) != nil)
      try await TemporaryDirectory.with { directory in
        let file = directory.appending(path: "keys")
        try Data(outcome.standardOutput.utf8).write(to: file)
        let settings = ["ENVIRONMENT": "production", "SECRET_KEYS_FILE": file.path]
        let url = try Stage.require().databaseURL
        try await Server.with(url, environment: settings) { server in
          let ready = try await server.site.get("/readyz")
          #expect(ready.status == 200)
        }
        let clash = try await Program.run(
          "serve",
          environment: settings.merging(["DATABASE_URL": url, "SECRET_KEYS": outcome.line]) { $1 })
        #expect(clash.status == 78)
        #expect(clash.standardError.contains("SECRET_KEYS and SECRET_KEYS_FILE: keys 1 and 2"))
        #expect(!clash.standardError.contains(outcome.line.dropFirst(10)))
      }
    }

    @Test("secrets rotate without keys has exit code 78")
    func rotateWithoutKeys() async throws {
      let outcome = try await Operator().run("secrets", "rotate")
      #expect(outcome.status == 78)
      #expect(outcome.complaints.count == 1)
    }
  }
}
