import TestSupport
import Testing

extension TacoHelp {
  /// Messages whose end a proxy in front might find elsewhere. No part of their bodies may become a
  /// request.
  @Suite("Request smuggling") struct SmugglingTests {
    private static let smuggled =
      "GET /healthz HTTP/1.1\r\nHost: taco\r\nX-Request-Id: smuggled\r\n\r\n"

    private static func post(_ headers: String, _ body: String) -> String {
      "POST /healthz HTTP/1.1\r\nHost: taco\r\n\(headers)\r\n\(body)"
    }

    private static let chunk = String(smuggled.utf8.count, radix: 16)

    static let messages: [String] = [
      // The length covers everything and the coding says nothing, or the reverse.
      post(
        "Content-Length: \(smuggled.utf8.count + 5)\r\nTransfer-Encoding: chunked\r\n",
        "0\r\n\r\n\(smuggled)"),
      post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n\(smuggled)"),
      post(
        "Transfer-Encoding : chunked\r\nContent-Length: \(smuggled.utf8.count + 5)\r\n",
        "0\r\n\r\n\(smuggled)"),
      post("Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n", smuggled),
      post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n\(smuggled)"),
      post("Content-Length: 0\r\nContent-Length: \(smuggled.utf8.count)\r\n", smuggled),
      post("Content-Length: \(smuggled.utf8.count)\r\nContent-Length: 0\r\n", smuggled),
      post("Content-Length: 0,\(smuggled.utf8.count)\r\n", smuggled),
      post("X-Header: a\nContent-Length: \(smuggled.utf8.count)\r\n", smuggled),
      post("X-Header: a\n\r\n", smuggled),
      // The size of a chunk, its extensions, its end.
      post("Transfer-Encoding: chunked\r\n", "0x\(chunk)\r\n\(smuggled)\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "\(chunk) \r\n\(smuggled)\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "\(chunk);a=\"\r\n\(smuggled)\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "\(chunk);a\nb\r\n\(smuggled)\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "\(chunk)\n\(smuggled)\n0\r\n\r\n"),
      post(
        "Transfer-Encoding: chunked\r\n",
        "00000000000000000000000000\(chunk)\r\n\(smuggled)\r\n0\r\n\r\n"),
      post(
        "Transfer-Encoding: chunked\r\n", "1000000000000000\(chunk)\r\n\(smuggled)\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n0\r\n\r\n\(smuggled)"),
    ]

    @Test("A part of a body is never answered as a request", arguments: messages)
    func neverAnswered(message: String) async throws {
      let connection = try Stage.require().server.connect()
      try await connection.send(message)
      connection.finishSending()
      let received = try await connection.waitForClose()
      #expect(received.hasPrefix("HTTP/1.1 "))
      #expect(!received.contains("smuggled"))
    }

    @Test("Trailers change nothing of a request")
    func trailers() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let answer = try await connection.exchange(
        "POST /api/external/chat/conversations HTTP/1.1\r\nHost: taco\r\n"
          + "Transfer-Encoding: chunked\r\n\r\n15\r\n{\"visitorName\":\"Sam\"}\r\n0\r\n"
          + "Authorization: Bearer \(tenant.key)\r\nX-Request-Id: trailer\r\n\r\n")
      #expect(answer.status == 401)
      #expect(answer.header("X-Request-Id") != "trailer")
      #expect(
        try await connection.exchange(ConnectionTests.get("/tickets", tenant.key)).status == 200)
    }

    @Test("A Host in the target's absolute form does not open another way in")
    func absoluteForm() async throws {
      let connection = try Stage.require().server.connect()
      for target in ["http://other/api/external/tickets", "http://taco@other/api/external/tickets"]
      {
        let answer = try await connection.exchange("GET \(target) HTTP/1.1\r\nHost: taco\r\n\r\n")
        #expect([400, 401, 404].contains(answer.status))
        guard answer.header("Connection")?.lowercased() != "close" else { return }
      }
    }
  }
}
