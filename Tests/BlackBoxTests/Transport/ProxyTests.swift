import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import API

extension TacoHelp {
  @Suite("Behind proxies") struct ProxyTests {
    /// Answers of other kinds than a test can have from a real server, as the last part of the path
    /// says, before the body is read.
    private static let fail: @Sendable (Request) async throws -> Response = { request in
      let status = Int(request.uri.path.split(separator: "/").last ?? "") ?? 500
      // The connection itself answers a body that is late.
      if status == 408 { _ = try await request.body.collect(upTo: 1 << 20) }
      return Response(
        status: HTTPResponse.Status(code: status),
        body: .init(byteBuffer: ByteBuffer(string: #"{"error":{"code":"test"}}"#)))
    }

    /// Requests that are answered before they were read, and the answers' statuses.
    private func early(
      _ tenant: Tenant, fields: (count: Int, length: Int)? = (97, 1)
    ) async throws -> [JSON] {
      func request(
        _ status: Int, _ method: String = "POST",
        _ path: String = "/api/external/chat/conversations", key: String? = nil,
        type: String = "application/json", size: Int = 15 << 16
      ) -> JSON {
        [
          "status": .int(status), "method": .string(method), "path": .string(path),
          "size": .int(size),
          "headers": [
            "Authorization": .string("Bearer \(key ?? tenant.key)"), "Content-Type": .string(type),
          ],
        ]
      }
      let reader = try await tenant.makeKey(scopes: ["chat:read"], rateLimit: 100_000)
      let spent = try await tenant.makeKey(rateLimit: 1)
      _ = try await tenant.stage.server.client(spent).get("/tickets")
      let large = fields.map { fields in
        (0..<fields.count).reduce(request(431)["headers"] ?? .null) { headers, number in
          headers.with("X-Field-\(number)", .string(String(repeating: "x", count: fields.length)))
        }
      }
      return [
        request(401, key: "no key"),
        request(401, key: AuthenticationTests.unknown),
        request(403, key: reader),
        request(404, "POST", "/api/external/nothing"),
        request(405, "PUT"),
        request(413, size: 3 << 19),
        request(415, type: "text/plain"),
        request(429, key: spent),
        request(500, "POST", "/other/500"),
        request(503, "POST", "/other/503"),
      ] + (large.map { [request(431).with("headers", $0)] } ?? [])
    }

    @Test(
      "Whatever is answered early, no client sees another status than the server's",
      arguments: ReverseProxy.allCases)
    func earlyAnswers(proxy: ReverseProxy) async throws {
      let tenant = try await Tenant.make(rateLimit: 100_000)
      var cases = try await early(tenant, fields: proxy.fieldsTooMuch)
      var count = cases.count * 5
      if proxy.takesAnswersMeanwhile {
        cases.append([
          "status": 408, "method": "POST", "path": "/other/408", "size": 1000, "stalls": true,
          "headers": ["Content-Type": "application/json"],
        ])
        count += 1
      }
      let (stage, sent) = (tenant.stage, JSON.array(cases).encoded)
      var deadlines = ConnectionDeadlines()
      deadlines.body = .seconds(1)
      try await QuickServer.with(deadlines, answer: Self.fail) { [count] quick in
        let servers = [stage.server.port, stage.otherServer.port]
        try await proxy.with(servers: servers, other: quick.port) { port in
          let output = try await TestPython.run(
            "early_answers.py", ["proxied", "http://127.0.0.1:\(port)", "2", sent])
          #expect(output == "\(2 * count) of \(2 * count)\n")
        }
      }
    }

    @Test("Without a proxy urllib and curl have every early answer too")
    func direct() async throws {
      let tenant = try await Tenant.make(rateLimit: 100_000)
      let cases = try await early(tenant).filter { ($0["status"]?.int ?? 0) < 500 }
      let output = try await TestPython.run(
        "early_answers.py",
        ["direct", "http://127.0.0.1:\(tenant.stage.server.port)", "2", JSON.array(cases).encoded])
      #expect(output == "90 of 90\n")
    }
  }
}
