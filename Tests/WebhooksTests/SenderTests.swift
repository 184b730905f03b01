import NIOHTTP1
import TestReceivers
import TestSupport
import Testing

@testable import Webhooks

@Suite("Sender: requests and answers", .timeLimit(.minutes(2))) struct SenderTests {
  @Test("A request arrives as a POST with the given headers, Host, Content-Length and body")
  func request() async throws {
    try await SenderFixture.run { sender, receiver in
      #expect(await sender.send(to: receiver) == .answered(200))
      let request = try #require(receiver.requests.first)
      #expect(request.head.method == .POST)
      #expect(request.head.uri == "/hook?a=b")
      #expect(request.head.headers["host"] == ["hooks.example.com:\(receiver.port)"])
      #expect(request.head.headers["accept"] == ["*/*"])
      #expect(request.head.headers["content-length"] == ["14"])
      #expect(request.head.headers["transfer-encoding"] == [])
      #expect(request.head.headers["content-type"] == ["application/json"])
      #expect(request.head.headers["x-webhook-event"] == ["ticket.created"])
      #expect(request.body == #"{"id":"evt_1"}"#)
    }
  }

  @Test("Bodies of many sizes arrive whole", arguments: [0, 1, 100_000, 3_000_000])
  func bodySizes(size: Int) async throws {
    let body = String(repeating: "é", count: size / 2) + String(repeating: "a", count: size % 2)
    try await SenderFixture.run { sender, receiver in
      let request = try SenderFixture.request(port: receiver.port, body: body)
      #expect(await sender.send(request) == .answered(200))
      // Compared first, so that a failure does not print it.
      let isWhole = receiver.requests.first?.body == body
      #expect(isWhole)
    }
  }

  @Test(
    "Every status is the answer, redirects included",
    arguments: [200, 201, 204, 301, 302, 304, 400, 410, 418, 500, 503, 599])
  func statuses(status: Int) async throws {
    let answer = ScriptedAnswer.reply(status, headers: [("Location", "http://127.0.0.1:1/")])
    try await SenderFixture.run(answers: [answer]) { sender, receiver in
      #expect(await sender.send(to: receiver) == .answered(status))
      #expect(receiver.requests.count == 1)
    }
  }

  @Test(
    "Retry-After is told if there is exactly one",
    arguments: [([], nil), (["120"], "120"), (["1", "2"], nil)] as [([String], String?)])
  func retryAfter(values: [String], told: String?) async throws {
    let answer = ScriptedAnswer.reply(
      429, headers: values.map { ("Retry-After", $0) }, body: "later")
    try await SenderFixture.run(answers: [answer]) { sender, receiver in
      #expect(
        await sender.send(to: receiver)
          == .answered(status: 429, retryAfter: told, body: Array("later".utf8)))
    }
  }

  @Test("The first 1,024 bytes of a body are kept", arguments: [1023, 1024, 1025, 65_536])
  func longBody(length: Int) async throws {
    let body = String(repeating: "abcdefg", count: length / 7 + 1).prefix(length)
    try await SenderFixture.run(answers: [.reply(200, body: String(body))]) { sender, receiver in
      for _ in 0..<2 {
        #expect(await sender.send(to: receiver) == .answered(200, String(body.prefix(1024))))
      }
      // All of it was read: the connection is as good as new.
      #expect(receiver.connectionCount == 1)
    }
  }

  @Test(
    "A body in chunks and one that ends with the connection are read", arguments: [true, false])
  func framing(isChunked: Bool) async throws {
    let text =
      isChunked
      ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
      : "HTTP/1.1 200 OK\r\n\r\nabcde"
    let answer = ScriptedAnswer.raw(text, thenClose: !isChunked)
    try await SenderFixture.run(answers: [answer]) { sender, receiver in
      for _ in 0..<2 { #expect(await sender.send(to: receiver) == .answered(200, "abcde")) }
      #expect(receiver.connectionCount == (isChunked ? 1 : 2))
    }
  }

  @Test(
    "Of an endless body little is read, and the connection is closed",
    arguments: ["http", "https"])
  func flood(scheme: String) async throws {
    try await SenderFixture.run(
      tls: scheme == "https" ? \.good : nil, answers: [.flood(100 << 20)]
    ) { sender, receiver in
      let start = ContinuousClock.now
      #expect(
        await sender.send(to: receiver, scheme)
          == .answered(200, String(repeating: "x", count: 1024)))
      #expect(ContinuousClock.now - start < .seconds(5))
      try await eventually("both sides are closed") {
        sender.openConnections == 0 && receiver.openConnections == 0
      }
      #expect(receiver.bytesWritten < 8 << 20)
    }
  }

  @Test("A body that drips counts at the deadline with what has come")
  func drip() async throws {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    try await SenderFixture.run(answers: [.drip(after: text)]) { sender, receiver in
      let start = ContinuousClock.now
      let outcome = await sender.send(to: receiver, within: .seconds(1))
      #expect((.seconds(1) ..< .seconds(5)).contains(ContinuousClock.now - start))
      guard case .answered(200, nil, let body) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect((1...500).contains(body.count))
      try await eventually("it is closed") { receiver.openConnections == 0 }
    }
  }

  @Test(
    "A head that does not end, and none at all, fail at the deadline",
    arguments: [
      .hang, .drip(after: ""), .drip(after: "HTTP/1.1 200 OK\r\nA: "),
      .raw("HTTP/1.1 200 OK\r\nA: b\r\n"), .raw("HTTP/1.1 103 Early Hints\r\n\r\n"),
    ] as [ScriptedAnswer])
  func noHead(answer: ScriptedAnswer) async throws {
    try await SenderFixture.run(answers: [answer]) { sender, receiver in
      let start = ContinuousClock.now
      let outcome = await sender.send(to: receiver, within: .seconds(1))
      if case .drip(after: "") = answer {
        #expect(outcome == .noAnswer("the answer was not HTTP"))
      } else {
        #expect(outcome == .noAnswer("no answer within 1 s"))
      }
      #expect(ContinuousClock.now - start < .seconds(5))
      try await eventually("it is closed") { receiver.openConnections == 0 }
    }
  }

  @Test(
    "What is not HTTP/1 fails",
    arguments: [
      "SSH-2.0-OpenSSH_9.2p1\r\n", "220 smtp.example.com ESMTP\r\n", "HTTP/2 200\r\n\r\n",
      "<html>no head</html>\n", "\u{0}\u{1}\u{2}\u{3}", "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 099 Low\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nHTTP/1.1 500 No\r\n\r\n",
    ])
  func garbage(text: String) async throws {
    try await SenderFixture.run(answers: [.raw(text)]) { sender, receiver in
      #expect(await sender.send(to: receiver) == .noAnswer("the answer was not HTTP"))
      try await eventually("it is closed") { receiver.openConnections == 0 }
    }
  }

  /// After a status that is clear.
  static let bentHeads = [
    "A: b\r\n c\r\n\r\n", "A: b\r\n\tc\r\nContent-Length: 2\r\n\r\nok", "no colon\r\n\r\n",
    "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", "Content-Length: 2, 2\r\n\r\nok",
    "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "Content-Length: two\r\n\r\nok", "A : b\r\n\r\n", "A: \u{0}\r\n\r\n", "\u{e9}: b\r\n\r\n",
  ]

  @Test(
    "A head that bends the rules after a clear status has answered; its connection is not kept",
    arguments: bentHeads)
  func bentHead(rest: String) async throws {
    let answers = [202, 410].map { ScriptedAnswer.raw("HTTP/1.1 \($0) Any\r\n\(rest)") }
    try await SenderFixture.run(answers: answers) { sender, receiver in
      for status in [202, 410] {
        guard case .answered(status, nil, _) = await sender.send(to: receiver) else {
          Issue.record("\(status) is no answer")
          continue
        }
      }
      #expect(receiver.connectionCount == 2)
      try await eventually("both are closed") { receiver.openConnections == 0 }
    }
  }

  @Test("Lines may end with LF alone, and informational answers may bend the rules too")
  func bareLineFeeds() async throws {
    let text = "\n\r\nHTTP/1.1 103 Hint\nA: b\n c\n\nHTTP/1.1 204\nA: b\n\n"
    try await SenderFixture.run(answers: [.raw(text)]) { sender, receiver in
      #expect(await sender.send(to: receiver) == .answered(204))
    }
  }

  @Test("A head that bends the rules has to be complete, too")
  func bentAndIncomplete() async throws {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n"
    let answers: [ScriptedAnswer] = [
      .raw(text, thenClose: true), .raw(text), .drip(after: text + "A: "),
    ]
    try await SenderFixture.run(answers: answers) { sender, receiver in
      #expect(
        await sender.send(to: receiver)
          == .noAnswer("the connection was closed before an answer came"))
      for _ in 0..<2 {
        #expect(
          await sender.send(to: receiver, within: .milliseconds(300))
            == .noAnswer("no answer within 0.3 s"))
      }
    }
  }

  static let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

  @Test(
    "A head without bounds fails",
    arguments: [
      "HTTP/1.1 200 OK\r\nA: " + String(repeating: "a", count: 20 << 10),
      "HTTP/1.1 200 OK\r\n"
        + String(repeating: "A: " + String(repeating: "a", count: 1000) + "\r\n", count: 70),
      "HTTP/1.1 200 OK\r\n" + String(repeating: "A: a\r\n", count: 300),
      "HTTP/1.1 200 " + String(repeating: "a", count: 300 << 10),
      String(repeating: hint, count: 8000),
      String(repeating: "\r\n", count: 200 << 10),
    ])
  func longHead(text: String) async throws {
    try await SenderFixture.run(answers: [.raw(text)]) { sender, receiver in
      #expect(await sender.send(to: receiver) == .noAnswer("the head of the answer was too long"))
    }
  }

  @Test("Informational answers are passed over, and the connection is kept")
  func informational() async throws {
    let text =
      "HTTP/1.1 100 Continue\r\n\r\n" + Self.hint + Self.hint
      + "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"
    try await SenderFixture.run(answers: [.raw(text)]) { sender, receiver in
      for _ in 0..<2 { #expect(await sender.send(to: receiver) == .answered(202, "ok")) }
      #expect(receiver.connectionCount == 1)
    }
  }

  @Test("101 is the answer, and ends the connection")
  func switching() async throws {
    let text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\nabc"
    try await SenderFixture.run(answers: [.raw(text)]) { sender, receiver in
      #expect(await sender.send(to: receiver) == .answered(101))
      try await eventually("it is closed") { receiver.openConnections == 0 }
    }
  }

  @Test("A connection closed before the head fails; one closed within the body has answered")
  func closed() async throws {
    let answers: [ScriptedAnswer] = [
      .close, .raw("HTTP/1.1 200 OK\r\nA: b\r\n", thenClose: true),
      .raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", thenClose: true),
      .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz", thenClose: true),
    ]
    try await SenderFixture.run(answers: answers) { sender, receiver in
      let failed = SendResult.noAnswer("the connection was closed before an answer came")
      #expect(await sender.send(to: receiver) == failed)
      #expect(await sender.send(to: receiver) == failed)
      #expect(await sender.send(to: receiver) == .answered(200, "abc"))
      #expect(await sender.send(to: receiver) == .answered(200))
    }
  }
}
