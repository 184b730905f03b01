import NIOCore
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Deadlines of connections", .timeLimit(.minutes(2))) struct DeadlineTests {
  private static let get = "GET / HTTP/1.1\r\nHost: taco\r\n\r\n"
  private static let post = "POST / HTTP/1.1\r\nHost: taco\r\nContent-Length: 9\r\n\r\n{\"a\": 10}"
  private static let chunked =
    "POST / HTTP/1.1\r\nHost: taco\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
  static let whole = [get, post, chunked]

  private func impatient(
    head: Int64 = 60_000, body: Int64 = 60_000, write: Int64 = 60_000, idle: Int64 = 60_000
  ) -> ConnectionDeadlines {
    var deadlines = ConnectionDeadlines()
    deadlines.head = .milliseconds(head)
    deadlines.body = .milliseconds(body)
    deadlines.write = .milliseconds(write)
    deadlines.idle = .milliseconds(idle)
    return deadlines
  }

  @Test(
    "A head that begins in the same read as whole requests has its deadline too", arguments: whole,
    ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: taco\r\nX-Slow: yes\r\n"])
  func headBehind(request: String, head: String) async throws {
    try await QuickServer.with(impatient(head: 300)) { server in
      let connection = try server.connect()
      try await connection.send(request + request + head)
      #expect(try await connection.answer().status == 200)
      #expect(try await connection.answer().status == 200)
      #expect(try await connection.answer().status == 408)
      #expect(try await connection.waitForClose() == "")
    }
  }

  @Test(
    "A connection that is quiet between requests is closed without a word, stray line ends or not",
    arguments: whole, ["", "\r\n", "\r\n\r\n"])
  func idle(request: String, rest: String) async throws {
    try await QuickServer.with(impatient(head: 100, idle: 500)) { server in
      let connection = try server.connect()
      #expect(try await connection.exchange(request + rest).status == 200)
      if !rest.isEmpty { try await connection.send(rest) }
      #expect(try await connection.waitForClose() == "")
    }
  }

  @Test("A connection on which nothing is ever sent is closed")
  func silent() async throws {
    try await QuickServer.with(impatient(idle: 300)) { server in
      let connection = try server.connect()
      #expect(try await connection.waitForClose() == "")
    }
  }

  @Test("A head that comes in drips is not complete in time, however steadily they fall")
  func dripping() async throws {
    try await QuickServer.with(impatient(head: 500)) { server in
      let connection = try server.connect()
      async let answer = connection.answer()
      try await connection.send("GET / HTTP/1.1\r\nHost: taco\r\nX-Slow: ")
      try await drip("x", on: connection)
      #expect(try await answer.status == 408)
    }
  }

  @Test("A body that comes in drips is not complete in time")
  func drippingBody() async throws {
    try await QuickServer.with(impatient(body: 500), answer: QuickServer.readAll) { server in
      for head in ["Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"] {
        let connection = try server.connect()
        async let answer = connection.answer()
        try await connection.send("POST / HTTP/1.1\r\nHost: taco\r\n\(head)")
        try await drip(head.contains("chunked") ? "1\r\nx\r\n" : "x", on: connection)
        #expect(try await answer.status == 408)
        #expect(try await connection.waitForClose() == "")
      }
    }
  }

  /// Sends a little again and again, until the other side has closed the connection.
  private func drip(_ text: String, on connection: RawConnection) async throws {
    try await eventually("the server hung up") {
      do {
        try await connection.send(text)
        return false
      } catch is TestError {
        return true
      }
    }
  }

  private static let large = ByteBuffer(repeating: UInt8(ascii: "x"), count: 32 << 20)
  private static let largeAnswer: @Sendable (Request) async -> Response = { _ in
    Response(body: [large])
  }

  @Test("A client that does not read its answer loses the connection")
  func unread() async throws {
    let limits = ConnectionLimits(most: 1, mostOfOneAddress: 1)
    try await QuickServer.with(
      impatient(write: 400), limits: limits, answer: Self.largeAnswer
    ) { server in
      let deaf = try server.connect()
      try await deaf.send(Self.get)
      // There is room for one connection.
      try await server.waitForRoom(Self.get)
      let rest = try await deaf.waitForClose()
      #expect(rest.utf8.count < Self.large.readableBytes)
    }
  }

  @Test("A client that reads slowly gets the answer whole")
  func slow() async throws {
    let length = 1 << 20
    let answer: @Sendable (Request) async -> Response = { _ in
      Response(body: [ByteBuffer(repeating: 0x78, count: length)])
    }
    try await QuickServer.with(impatient(write: 3000), answer: answer) { server in
      let slow = try RawConnection(port: server.port, room: 16 << 10)
      try await slow.send(Self.get)
      // The client takes more than counts as reading, and less than the system asks for at a time.
      let start = ContinuousClock.now
      while ContinuousClock.now - start < .milliseconds(6500) {
        try await slow.take(16 << 10)
        // Nothing is waited for here: to take so much four times a second is what a slow reader does.
        try await Task.sleep(for: .milliseconds(250))
      }
      #expect(try await slow.answer().body.utf8.count == length)
    }
  }

  @Test("An unread answer counts until its connection is gone, a small one too")
  func counted() async throws {
    let memory = ResponseMemory()
    let answer: @Sendable (Request) async -> Response = { _ in
      Response(body: [ByteBuffer(repeating: 0x78, count: 60_000)])
    }
    try await QuickServer.with(memory: memory, answer: answer) { server in
      let connection = try RawConnection(port: server.port, room: 4096)
      try await connection.send(String(repeating: Self.get, count: 20))
      try await eventually("unread bytes were counted") { memory.used > 20_000 }
      #expect(memory.used < 400_000)
      for _ in 0..<20 { #expect(try await connection.answer().status == 200) }
      try await eventually("they were counted off") { memory.used == 0 }
      try await connection.send(String(repeating: Self.get, count: 20))
      try await eventually("unread bytes were counted") { memory.used > 20_000 }
      connection.reset()
      try await eventually("they were counted off") { memory.used == 0 }
    }
  }

  @Test("A large answer arrives whole, though the client has closed its half")
  func halfClosed() async throws {
    try await QuickServer.with(answer: Self.largeAnswer) { server in
      let connection = try server.connect()
      try await connection.send(Self.get)
      connection.finishSending()
      #expect(try await connection.answer().body.utf8.count == Self.large.readableBytes)
      #expect(try await connection.waitForClose() == "")
    }
  }

  @Test("Requests behind a long wait are neither late nor lost")
  func heldBack() async throws {
    let gate = AsyncStream.makeStream(of: Void.self)
    let answer: @Sendable (Request) async -> Response = { request in
      if request.path == "/wait" { for await _ in gate.stream { break } }
      return Response(body: request.path)
    }
    try await QuickServer.with(impatient(head: 100), answer: answer) { server in
      let connection = try server.connect()
      let requests = (0..<3000).map { "GET /\($0) HTTP/1.1\r\nHost: taco\r\n\r\n" }.joined()
      try await connection.send("GET /wait HTTP/1.1\r\nHost: taco\r\n\r\n")
      try await connection.send(requests)
      // Another connection waits longer than the deadline, which does not affect this one.
      let late = try server.connect()
      #expect(try await late.exchange("GET / HTTP/1.1\r\n").status == 408)
      gate.continuation.finish()
      #expect(try await connection.answer().body == "/wait")
      for index in 0..<3000 { #expect(try await connection.answer().body == "/\(index)") }
    }
  }

  @Test("Connections over the limits are closed at once, and make room again")
  func limits() async throws {
    let limits = ConnectionLimits(most: 10, mostOfOneAddress: 3)
    try await QuickServer.with(limits: limits) { server in
      let connections = try (0..<3).map { _ in try server.connect() }
      for connection in connections {
        #expect(try await connection.exchange(Self.get).status == 200)
      }
      #expect(try await server.connect().waitForClose() == "")
      let other = try RawConnection(port: server.port, from: "127.0.0.2")
      #expect(try await other.exchange(Self.get).status == 200)
      connections[0].finishSending()
      #expect(try await connections[0].waitForClose() == "")
      try await server.waitForRoom(Self.get)
    }
  }
}
