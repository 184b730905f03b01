import HTTPTypes
import NIOCore
import TestSupport
import Testing

@testable import HTTPServer

/// Answers that are given before the whole request has been read (RFC 9112, 9.6).
@Suite("Early answers", .timeLimit(.minutes(2))) struct EarlyAnswerTests {
  /// A body is sent in this many pieces, so that a reset is noticed before its end.
  private static let pieces = 8
  private static let piece = String(repeating: "0", count: 64 << 10)

  enum Framing: CaseIterable, Sendable {
    case contentLength, chunked

    fileprivate var header: String {
      switch self {
      case .contentLength: "Content-Length: \(pieces * piece.utf8.count)\r\n"
      case .chunked: "Transfer-Encoding: chunked\r\n"
      }
    }

    fileprivate var body: [String] {
      let whole = Array(repeating: piece, count: pieces)
      return switch self {
      case .contentLength: whole
      case .chunked: whole.map { "10000\r\n\($0)\r\n" } + ["0\r\n\r\n"]
      }
    }
  }

  /// Answers with the status in the path and does not read the body. For 408, which the connection
  /// itself answers, it waits for the body.
  private static let answerAtOnce: @Sendable (Request) async -> Response = { request in
    let status = HTTPResponse.Status(code: Int(request.path.dropFirst()) ?? 200)
    if status == .requestTimeout { return await QuickServer.readAll(request) }
    return Response(status: status, body: QuickServer.error)
  }

  private func head(_ status: Int, _ headers: String, version: String = "1.1") -> String {
    "POST /\(status) HTTP/\(version)\r\nHost: taco\r\n\(headers)\r\n"
  }

  @Test(
    "A client that goes on sending after its answer is not cut off",
    arguments: [401, 403, 404, 405, 413, 415, 429, 500, 503], Framing.allCases)
  func unread(status: Int, framing: Framing) async throws {
    try await QuickServer.with(answer: Self.answerAtOnce) { server in
      var heads = [
        head(status, framing.header), head(status, "Connection: close\r\n\(framing.header)"),
      ]
      // HTTP/1.0 has no chunks (RFC 9112, 6.1).
      if framing == .contentLength { heads.append(head(status, framing.header, version: "1.0")) }
      for (index, head) in heads.enumerated() {
        let connection = try server.connect()
        let answer = try await connection.exchange(head)
        #expect(answer.status == status)
        #expect(answer.body == QuickServer.error)
        for piece in framing.body { try await connection.send(piece) }
        if index == 0 {
          #expect(try await connection.exchange(self.head(200, "")).status == 200)
        } else {
          #expect(try await connection.waitForClose() == "")
        }
      }
    }
  }

  /// Heads of messages that are refused before they reach a handler.
  enum Refused: CaseIterable, Sendable {
    case withoutHost, malformed, late, tooLarge, unknownCoding

    fileprivate var head: String {
      switch self {
      case .withoutHost: "POST / HTTP/1.1\r\n\r\n"
      case .malformed: "no HTTP at all\r\n\r\n"
      case .late: "POST / HTTP/1.1\r\nHost: taco\r\nContent-Length: 1000000\r\n\r\n"
      case .tooLarge:
        "POST / HTTP/1.1\r\nHost: taco\r\nX-Long: \(String(repeating: "x", count: 20 << 10))\r\n\r\n"
      case .unknownCoding: "POST / HTTP/1.1\r\nHost: taco\r\nTransfer-Encoding: gzip\r\n\r\n"
      }
    }

    fileprivate var status: Int {
      switch self {
      case .withoutHost, .malformed: 400
      case .late: 408
      case .tooLarge: 431
      case .unknownCoding: 501
      }
    }
  }

  @Test(
    "A client whose message is refused may go on sending for a while", arguments: Refused.allCases)
  func refused(_ refused: Refused) async throws {
    var deadlines = ConnectionDeadlines()
    deadlines.body = .milliseconds(100)
    try await QuickServer.with(deadlines, answer: QuickServer.readAll) { server in
      let connection = try server.connect()
      #expect(try await connection.exchange(refused.head).status == refused.status)
      for piece in Framing.contentLength.body { try await connection.send(piece) }
      #expect(try await connection.waitForClose() == "")
    }
  }

  @Test("After its last answer a connection is read for a second, counted meanwhile, and closed")
  func lingering() async throws {
    let limits = ConnectionLimits(most: 1, mostOfOneAddress: 1)
    try await QuickServer.with(limits: limits, answer: Self.answerAtOnce) { server in
      let connection = try server.connect()
      let start = ContinuousClock.now
      let head = head(401, "Connection: close\r\nContent-Length: 100000000\r\n")
      #expect(try await connection.exchange(head).status == 401)
      // The server has closed its half.
      #expect(try await connection.waitForClose() == "")
      #expect(try await server.connect().waitForClose() == "")
      try await eventually("the server hung up") {
        do {
          try await connection.send(Self.piece)
          return false
        } catch is TestError {
          return true
        }
      }
      let duration = ContinuousClock.now - start
      #expect(duration > .milliseconds(900) && duration < .seconds(4))
      try await server.waitForRoom(self.head(404, ""), status: 404)
    }
  }

  @Test("A connection whose client has closed its half does not linger")
  func finished() async throws {
    let limits = ConnectionLimits(most: 1, mostOfOneAddress: 1)
    try await QuickServer.with(limits: limits, answer: Self.answerAtOnce) { server in
      let connection = try server.connect()
      let head = head(401, "Connection: close\r\nContent-Length: 1000\r\n")
      #expect(try await connection.exchange(head).status == 401)
      let start = ContinuousClock.now
      connection.finishSending()
      try await server.waitForRoom(self.head(404, ""), status: 404)
      #expect(ContinuousClock.now - start < .milliseconds(900))
    }
  }

  @Test(
    "No client behind a proxy sees another status than the server's early answer",
    arguments: ReverseProxy.allCases)
  func proxied(proxy: ReverseProxy) async throws {
    func request(_ status: Int, size: Int = 15 << 16, stalls: Bool = false) -> String {
      let header = #""headers":{"Content-Type":"application/json"}"#
      return """
        {"status":\(status),"method":"POST","path":"/\(status)","size":\(size),\(header),\
        "stalls":\(stalls)}
        """
    }
    var cases = [request(500), request(503)]
    // A request that stalls is sent once, the others five times.
    var sent = 10
    if proxy.takesAnswersMeanwhile {
      cases.append(request(408, size: 1000, stalls: true))
      sent += 1
    }
    var deadlines = ConnectionDeadlines()
    deadlines.body = .seconds(1)
    try await QuickServer.with(deadlines, answer: Self.answerAtOnce) { [cases, sent] server in
      try await proxy.with(servers: [server.port]) { port in
        let output = try await TestPython.run(
          "early_answers.py",
          ["proxied", "http://127.0.0.1:\(port)", "2", "[\(cases.joined(separator: ","))]"])
        #expect(output == "\(2 * sent) of \(2 * sent)\n")
      }
    }
  }
}
