import TestSupport
import Testing

extension TacoHelp {
  @Suite("Messages that are not HTTP") struct MalformedTests {
    private static func request(
      _ headers: String, line: String = "GET /healthz HTTP/1.1", host: String = "Host: taco\r\n"
    ) -> String { "\(line)\r\n\(host)\(headers)\r\n" }

    private static let tooManyHeaders =
      (0..<200).map { "X-Header-\($0): x\r\n" }.joined()

    /// Messages, and the statuses that RFC 9110 and 9112 allow for each.
    static let messages: [(name: String, message: String, statuses: Set<Int>)] = [
      ("rubbish", "GARBAGE\r\n\r\n", [400]),
      ("TLS", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n", [400]),
      ("no version", "GET /healthz\r\nHost: taco\r\n\r\n", [400]),
      ("no target", request("", line: "GET HTTP/1.1"), [400]),
      ("a blank in the target", request("", line: "GET /a b HTTP/1.1"), [400]),
      ("a control character in the target", request("", line: "GET /\u{1} HTTP/1.1"), [400]),
      ("a relative target", request("", line: "GET healthz HTTP/1.1"), [400]),
      ("an unknown method", request("", line: "FROB /healthz HTTP/1.1"), [400, 405, 501]),
      ("a small version", request("", line: "GET /healthz http/1.1"), [400]),
      ("a version without end", request("", line: "GET /healthz HTTP/1.111"), [400, 505]),
      ("HTTP/2.0", request("", line: "GET /healthz HTTP/2.0"), [400, 505]),
      ("HTTP/3.1", request("", line: "GET /healthz HTTP/3.1"), [400, 505]),
      ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 505]),
      ("no Host", request("", host: ""), [400]),
      ("two Hosts", request("Host: taco\r\n"), [400]),
      ("two different Hosts", request("Host: other\r\n"), [400]),
      ("a Host with a blank", request("", host: "Host: a b\r\n"), [400]),
      ("a Host with a path", request("", host: "Host: a/b\r\n"), [400]),
      ("a Host with user info", request("", host: "Host: me@taco\r\n"), [400]),
      ("an empty Host", request("", host: "Host:\r\n"), [200]),
      ("a header without colon", request("Nothing\r\n"), [400]),
      ("a header without name", request(": x\r\n"), [400]),
      ("a blank in a header's name", request("X Header: x\r\n"), [400]),
      ("a blank before the colon", request("X-Header : x\r\n"), [400]),
      ("a header's value with NUL", request("X-Header: a\0b\r\n"), [400]),
      ("a bare carriage return", request("X-Header: a\rb\r\n"), [400]),
      ("a folded header", request("X-Header: a\r\n b\r\n"), [400, 200]),
      (
        "length and coding",
        request("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", [400]
      ),
      (
        "coding and length",
        request("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n", [400]
      ),
      ("two lengths", request("Content-Length: 1\r\nContent-Length: 2\r\n") + "ab", [400]),
      ("a list of lengths", request("Content-Length: 1, 2\r\n") + "ab", [400]),
      ("a negative length", request("Content-Length: -1\r\n"), [400]),
      ("a signed length", request("Content-Length: +1\r\n") + "a", [400]),
      ("a length that is no number", request("Content-Length: x\r\n"), [400]),
      ("an empty length", request("Content-Length: \r\n"), [400]),
      (
        "a length beyond all numbers", request("Content-Length: 99999999999999999999999\r\n"), [400]
      ),
      ("a length in hexadecimal", request("Content-Length: 0x1\r\n") + "a", [400]),
      ("the same length twice", request("Content-Length: 1\r\nContent-Length: 1\r\n") + "a", [400]),
      ("a blank in a length", request("Content-Length: 1 1\r\n") + "a", [400]),
      ("a blank before a length's colon", request("Content-Length : 1\r\n") + "a", [400]),
      (
        "a blank before a coding's colon",
        request("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n", [400]
      ),
      (
        "a folded coding", request("Transfer-Encoding:\r\n chunked\r\n") + "0\r\n\r\n", [400, 501]
      ),
      (
        "a folded length and a coding",
        request("Content-Length:\r\n 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", [400]
      ),
      (
        "a coding in disguise", request("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n",
        [400, 501]
      ),
      (
        "a coding with a vertical tab",
        request("Transfer-Encoding: \u{b}chunked\r\n") + "0\r\n\r\n", [400, 501]
      ),
      (
        "a length behind a bare line feed",
        request("X-Header: a\nContent-Length: 5\r\n") + "abcde", [400]
      ),
      (
        "a length behind a bare carriage return",
        request("X-Header: a\rContent-Length: 5\r\n") + "abcde", [400]
      ),
      ("NUL in a header's name", request("X\0Header: x\r\n"), [400]),
      ("NUL in the target", request("", line: "GET /\0 HTTP/1.1"), [400]),
      ("a line without carriage return", "GET /healthz HTTP/1.1\nHost: taco\n\n", [400, 200]),
      ("an unknown coding", request("Transfer-Encoding: gzip\r\n"), [400, 501]),
      (
        "chunked not last", request("Transfer-Encoding: chunked, gzip\r\n") + "0\r\n\r\n",
        [400, 501]
      ),
      (
        "chunked twice",
        request("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        [400, 501]
      ),
      ("a coding in capitals", request("Transfer-Encoding: Chunked\r\n") + "0\r\n\r\n", [200]),
      ("identity", request("Transfer-Encoding: identity\r\n"), [400, 501]),
      (
        "a coding in HTTP/1.0",
        request("Transfer-Encoding: chunked\r\n", line: "GET /healthz HTTP/1.0") + "0\r\n\r\n",
        [400]
      ),
      (
        "a header that is too long",
        request("X-Long: \(String(repeating: "x", count: 40_000))\r\n"), [431]
      ),
      (
        "a name that is too long", request("\(String(repeating: "x", count: 40_000)): x\r\n"), [431]
      ),
      ("too many headers", request(tooManyHeaders), [431]),
      (
        "headers that are too long together",
        request((0..<20).map { "X-\($0): \(String(repeating: "x", count: 4000))\r\n" }.joined()),
        [431]
      ),
      (
        "a target that is too long",
        request("", line: "GET /\(String(repeating: "x", count: 70_000)) HTTP/1.1"), [414, 431]
      ),
    ]

    @Test(
      "It is answered as the RFCs ask, and the connection is closed where that is a refusal",
      arguments: messages)
    func refused(name: String, message: String, statuses: Set<Int>) async throws {
      let connection = try Stage.require().server.connect()
      try await connection.send(message)
      let answer = try await connection.answer()
      #expect(statuses.contains(answer.status))
      guard answer.status != 200 else { return }
      #expect(answer.header("Content-Type")?.hasPrefix("application/json") == true)
      #expect(answer.code != nil)
      #expect(answer.header("X-Request-Id") == answer.json["error"]?["requestId"]?.string)
      guard answer.status != 405 else { return }
      #expect(answer.header("Connection")?.lowercased() == "close")
      #expect(try await connection.waitForClose() == "")
    }

    @Test(
      "A head that can be read keeps its request id, though it is refused",
      arguments: [
        request("X-Request-Id: mine\r\n", host: ""),
        request("X-Request-Id: mine\r\nHost: taco\r\n"),
        request("X-Request-Id: mine\r\n", host: "Host: a b\r\n"),
      ])
    func requestID(message: String) async throws {
      let connection = try Stage.require().server.connect()
      let answer = try await connection.exchange(message)
      #expect(answer.status >= 400)
      #expect(answer.header("X-Request-Id") == "mine")
    }

    @Test("Requests before a malformed message are answered first, in order")
    func behindGoodOnes() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let good = ConnectionTests.get("/tickets", tenant.key)
      try await connection.send(
        good + ConnectionTests.post(tenant.key, "Sam") + "RUBBISH\r\n\r\n" + good)
      #expect(try await connection.answer().status == 200)
      #expect(try await connection.answer().status == 201)
      #expect(try await connection.answer().status == 400)
      #expect(try await connection.waitForClose() == "")
    }

    @Test("Headers and targets just within the limits are read")
    func within() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let headers = (0..<80).map { "X-Header-\($0): x\r\n" }.joined()
      for request in [
        ConnectionTests.get("/tickets", tenant.key, headers: headers),
        ConnectionTests.get(
          "/tickets", tenant.key, headers: "X-Long: \(String(repeating: "x", count: 8000))\r\n"),
        ConnectionTests.get("/tickets?x=\(String(repeating: "x", count: 8000))", tenant.key),
      ] {
        #expect(try await connection.exchange(request).status == 200)
      }
    }

    @Test("A head that is not complete within 15 s is answered with 408")
    func slowHead() async throws {
      let connection = try Stage.require().server.connect()
      let start = ContinuousClock.now
      try await connection.send("GET /healthz HTTP/1.1\r\nHost: taco\r\n")
      let answer = try await connection.answer()
      #expect(answer.status == 408)
      #expect(answer.header("Connection")?.lowercased() == "close")
      let elapsed = ContinuousClock.now - start
      #expect(elapsed > .seconds(14) && elapsed < .seconds(20))
      #expect(try await connection.waitForClose() == "")
    }
  }
}
