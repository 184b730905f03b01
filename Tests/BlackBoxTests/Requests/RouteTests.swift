import Testing

extension TacoHelp {
  @Suite("Routes and methods") struct RouteTests {
    static let nowhere = [
      "", "/", "/ticket", "/tickets/", "//api/external//tickets", "/tickets//",
      "/Tickets", "/tickets/x/y", "/chat", "/chat/", "/chat/conversation",
      "/chat/conversations/", "/tickets/c0000000000000000000000aa/",
      "/tickets/c0000000000000000000000aa/comments/", "/tickets/c0000000000000000000000aa/nothing",
      "/tickets/../tickets", "/tickets%2F", "/v1/tickets", "/%00",
    ]

    @Test("A path that is no route is not found", arguments: nowhere)
    func unknown(path: String) async throws {
      let tenant = try await Tenant.make()
      for method in ["GET", "POST", "DELETE"] {
        let answer = try await tenant.client.send(method, path)
        #expect(answer.outcome == "404 not_found")
        #expect(answer.header("X-RateLimit-Limit") == "100")
      }
    }

    @Test(
      "A path that looks like the API's in disguise does not get past the key",
      arguments: [
        "//api/%65xternal/tickets", "///api/external/tickets", "//api/./external/tickets",
        "//x/../api/external/tickets", "//api//external/tickets", "//API/external/tickets",
        "//api%2Fexternal/tickets",
      ])
    func disguise(path: String) async throws {
      let answer = try await Stage.require().server.client().get(path)
      #expect([401, 404].contains(answer.status))
    }

    @Test("Outside the API an unknown path is not found, without a key")
    func outside() async throws {
      let answer = try await Stage.require().server.client().get("//no-such-page")
      #expect(answer.status == 404)
      #expect(answer.header("X-Request-Id") != nil)
    }

    @Test(
      "A method that a route has not is answered with 405 and those it has",
      arguments: Operation.allCases)
    func method(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let before = try await tenant.fingerprint()
      let others = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
      for method in others where !operation.allowed.contains(method) {
        let answer = try await tenant.client.send(method, operation.path(subjects))
        #expect(answer.outcome == "405 method_not_allowed", "\(method)")
        let allowed = answer.header("Allow")?.split(separator: ",").map {
          String($0.drop { $0 == " " })
        }
        let expected = operation.allowed.union(operation.allowed.contains("GET") ? ["HEAD"] : [])
        #expect(Set(allowed ?? []) == expected)
        #expect(answer.header("X-RateLimit-Remaining") != nil)
      }
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("HEAD answers as GET, without the body", arguments: Operation.reading)
    func head(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let get = try await operation.perform(tenant.client, subjects)
      let head = try await tenant.client.send("HEAD", operation.path(subjects))
      #expect(head.status == 200)
      #expect(head.body.isEmpty)
      #expect(head.header("Content-Type") == get.header("Content-Type"))
      #expect(head.header("Content-Length") == get.header("Content-Length"))
      #expect(head.header("X-RateLimit-Remaining") == "98")
    }

    @Test("HEAD fails as GET does")
    func headOfErrors() async throws {
      let tenant = try await Tenant.make()
      let expected = [
        ("/tickets/\(Subjects.nobody.ticket)", 404), ("/nothing", 404), ("/tickets?limit=0", 400),
        ("/tickets/\(Subjects.nobody.ticket)/comments", 404),
        ("/tickets/\(Subjects.nobody.ticket)/merge", 405),
      ]
      for (path, status) in expected {
        let answer = try await tenant.client.send("HEAD", path)
        #expect(answer.status == status)
        #expect(answer.body.isEmpty)
      }
      let refused = try await tenant.stage.server.client().send("HEAD", "/tickets")
      #expect(refused.status == 401)
      #expect(refused.header("WWW-Authenticate") != nil)
    }
  }
}
