import TestSupport
import Testing

extension TacoHelp {
  @Suite("Routes and methods") struct RouteTests {
    static let nowhere = [
      "", "/", "/ticket", "/tickets/", "//tickets", "/tickets//",
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
        "/api/%65xternal/tickets", "//api/external/tickets", "/api/./external/tickets",
        "/x/../api/external/tickets", "/api//external/tickets", "/API/external/tickets",
        "/api%2Fexternal/tickets",
      ])
    func disguise(path: String) async throws {
      let answer = try await Stage.require().server.site.get(path)
      #expect([401, 404].contains(answer.status))
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
      let refused = try await tenant.server.client().send("HEAD", "/tickets")
      #expect(refused.status == 401)
      #expect(refused.header("WWW-Authenticate") != nil)
    }
  }
}
