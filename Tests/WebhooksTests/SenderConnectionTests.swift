import TestReceivers
import TestSupport
import Testing

@testable import Webhooks

@Suite("Sender: addresses and connections", .timeLimit(.minutes(2)))
struct SenderConnectionTests {
  @Test("A port that nobody listens on refuses the connection")
  func refused() async throws {
    let port = try FreePort.find()
    try await SenderFixture.run { sender in
      let outcome = await sender.send(try SenderFixture.request(port: port))
      #expect(outcome == .noAnswer("the connection was refused"))
    }
  }

  @Test("If the first address refuses the connection, the second is used")
  func secondAddress() async throws {
    try await Receiver.run(on: "127.0.0.3") { receiver in
      try await SenderFixture.run(addresses: ["127.0.0.2", "127.0.0.3"]) { sender in
        #expect(await sender.send(to: receiver) == .answered(200))
      }
      try await SenderFixture.run(addresses: ["127.0.0.2", "127.0.0.4"]) { sender in
        #expect(
          await sender.send(to: receiver)
            == .noAnswer("the connection was refused (the last of 2 addresses)"))
      }
    }
  }

  @Test("If the first address does not answer, the second is used within the deadline")
  func silentAddress() async throws {
    try await Receiver.run(on: "127.0.0.3") { receiver in
      try await SilentListener.run(on: "127.0.0.2", port: receiver.port) {
        try await SenderFixture.run(addresses: ["127.0.0.2", "127.0.0.3"]) { sender in
          #expect(await sender.send(to: receiver, within: .seconds(5)) == .answered(200))
          // At once, on the connection that was kept.
          let start = ContinuousClock.now
          #expect(await sender.send(to: receiver, within: .seconds(5)) == .answered(200))
          #expect(ContinuousClock.now - start < .seconds(2))
        }
        try await SenderFixture.run(addresses: ["127.0.0.2"]) { sender in
          #expect(
            await sender.send(to: receiver, within: .milliseconds(300))
              == .noAnswer("no connection within 0.3 s"))
        }
      }
    }
  }

  @Test("A refused address is not connected to, whatever the others are")
  func refusedAddress() async throws {
    try await Receiver.run { receiver in
      try await SenderFixture.run(addresses: ["127.0.0.1", "10.0.0.1"]) { sender in
        #expect(
          await sender.send(to: receiver) == .refused("10.0.0.1 is in 10.0.0.0/8 (private use)")
        )
      }
      try await SenderFixture.run(allowed: "") { sender in
        #expect(
          await sender.send(to: receiver, host: "127.0.0.1")
            == .refused("127.0.0.1 is in 127.0.0.0/8 (loopback)"))
      }
      #expect(receiver.connectionCount == 0)
    }
  }

  @Test(
    "A failed look-up is the endpoint's failure, a lack of look-ups is not",
    arguments: [
      (.notFound, .noAnswer("the host name has no address")),
      (.failed("no"), .noAnswer("the host name could not be looked up: no")),
      (.timedOut, .noAnswer("the host name could not be looked up within 30 s")),
      (.tooManyLookUps(limit: 2), .notSent("2 look-ups of host names are already running")),
      (.cancelled, .stopping),
    ] as [(HostResolverError, SendResult)])
  func lookUps(error: HostResolverError, outcome: SendResult) async throws {
    try await SenderFixture.run(resolver: FakeResolver(.failure(error))) { sender in
      let request = try SenderFixture.request(port: 1)
      #expect(await sender.send(request) == outcome)
    }
    try await SenderFixture.run(addresses: []) { sender in
      let outcome = await sender.send(try SenderFixture.request(port: 1))
      #expect(outcome == .noAnswer("the host has no address"))
    }
  }

  @Test("A kept connection carries the next request of its host, and of no other")
  func reuse() async throws {
    try await SenderFixture.run { sender, receiver in
      for _ in 0..<5 { #expect(await sender.send(to: receiver) == .answered(200)) }
      #expect(Set(receiver.requests.map(\.port)).count == 1)
      #expect(await sender.send(to: receiver, host: "other.example.com") == .answered(200))
      #expect(receiver.connectionCount == 2)
    }
  }

  @Test("A kept connection is not used once its host has another address or a refused one")
  func rebinding() async throws {
    let resolver = FakeResolver(
      .success([IPAddress(v4: 0x7f00_0002)]), .success([IPAddress(v4: 0x7f00_0003)]),
      .success([IPAddress(v4: 0x7f00_0002), IPAddress(v4: 0x7f00_0003)]),
      .success([IPAddress(v4: 0x7f00_0002), IPAddress(v4: 0x7f01_0001)]))
    try await SenderFixture.run(on: "0.0.0.0", resolver: resolver, allowed: "127.0.0.0/24") {
      sender, receiver in
      #expect(await sender.send(to: receiver) == .answered(200))
      #expect(await sender.send(to: receiver) == .answered(200))
      #expect(receiver.connectionCount == 2)
      #expect(await sender.send(to: receiver) == .answered(200))
      #expect(receiver.connectionCount == 2)
      #expect(await sender.send(to: receiver) == .refused("127.1.0.1 is in 127.0.0.0/8 (loopback)"))
      #expect(receiver.requests.count == 3)
    }
  }

  @Test(
    "A connection is not kept when the answer says so or is HTTP/1.0",
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
      "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ])
  func notKept(text: String) async throws {
    try await SenderFixture.run(answers: [.raw(text)]) { sender, receiver in
      for _ in 0..<2 { #expect(await sender.send(to: receiver) == .answered(200)) }
      #expect(receiver.connectionCount == 2)
      try await eventually("both are closed") { receiver.openConnections == 0 }
    }
  }

  @Test(
    "A kept connection is given up when the receiver closes it or sends unasked",
    arguments: ["http", "https"])
  func spoiledWhileIdle(scheme: String) async throws {
    try await SenderFixture.run(tls: scheme == "https" ? \.good : nil) { sender, receiver in
      #expect(await sender.send(to: receiver, scheme) == .answered(200))
      await receiver.closeConnections()
      try await eventually("it is given up") { sender.openConnections == 0 }
      #expect(await sender.send(to: receiver, scheme) == .answered(200))
      try await receiver.blurt()
      try await eventually("it is given up") { sender.openConnections == 0 }
      #expect(await sender.send(to: receiver, scheme) == .answered(200))
      #expect(receiver.connectionCount == 3)
    }
  }

  @Test(
    "A kept connection that closes as the next request arrives costs no attempt",
    arguments: ["http", "https"])
  func closedUnderRequest(scheme: String) async throws {
    try await SenderFixture.run(
      tls: scheme == "https" ? \.good : nil, answers: [.reply(200), .close, .reply(202)]
    ) { sender, receiver in
      #expect(await sender.send(to: receiver, scheme) == .answered(200))
      #expect(await sender.send(to: receiver, scheme) == .answered(202))
      #expect(receiver.requests.count == 3)
      #expect(Set(receiver.requests.map(\.body)).count == 1)
      #expect(receiver.connectionCount == 2)
    }
  }

  @Test("It is sent again once, only on a new connection, and not after a byte of an answer")
  func closedTwice() async throws {
    let closed = SendResult.noAnswer("the connection was closed before an answer came")
    try await SenderFixture.run(answers: [.reply(200), .close, .close]) { sender, receiver in
      #expect(await sender.send(to: receiver) == .answered(200))
      #expect(await sender.send(to: receiver) == closed)
      #expect(receiver.requests.count == 3)
      // On a connection that was not kept, it is a failure at once.
      #expect(await sender.send(to: receiver) == closed)
      #expect(receiver.requests.count == 4)
    }
    try await SenderFixture.run(answers: [.reply(200), .raw("H", thenClose: true)]) {
      sender, receiver in
      #expect(await sender.send(to: receiver) == .answered(200))
      #expect(await sender.send(to: receiver) == closed)
      #expect(receiver.requests.count == 2)
    }
  }

  @Test("A kept connection is closed after its lifetime")
  func lifetime() async throws {
    try await SenderFixture.run { sender, receiver in
      #expect(await sender.send(to: receiver) == .answered(200))
      #expect(sender.openConnections == 1)
      try await eventually("it is closed") { sender.openConnections == 0 }
      try await eventually("it is closed") { receiver.openConnections == 0 }
    }
  }

  @Test("At most 32 connections are kept for one host")
  func surplus() async throws {
    try await SenderFixture.run { sender, receiver in
      let outcomes = await withTaskGroup { group in
        for _ in 0..<200 { group.addTask { await sender.send(to: receiver) } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count == 200)
      #expect(outcomes.allSatisfy { $0 == .answered(200) })
      #expect(receiver.requests.count == 200)
      try await eventually("the others are closed") { sender.openConnections <= 32 }
    }
  }

  @Test("One kept connection too many closes the one that has waited longest")
  func surplusOfAll() async throws {
    try await SenderFixture.run(idleConnections: IdleConnections(maximum: 2)) { sender, receiver in
      for name in ["a", "b", "c", "b", "c"] {
        #expect(await sender.send(to: receiver, host: "\(name).example") == .answered(200))
      }
      #expect(receiver.connectionCount == 3)
      try await eventually("the first is closed") { sender.openConnections == 2 }
      #expect(await sender.send(to: receiver, host: "a.example") == .answered(200))
      #expect(receiver.connectionCount == 4)
    }
  }

  @Test("Before the request is written, cancellation ends the attempt")
  func earlyCancellation() async throws {
    let port = try FreePort.find()
    try await SilentListener.run(on: "127.0.0.2", port: port) {
      try await SenderFixture.run(addresses: ["127.0.0.2"]) { sender in
        let request = try SenderFixture.request(port: port)
        let attempt = Task { await sender.send(request) }
        try await eventually("it connects") { sender.openConnections == 1 }
        attempt.cancel()
        #expect(await attempt.value == .notSent("the server is stopping"))
      }
    }
    let cancelled = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await SenderFixture.run { sender in
        await sender.send(try SenderFixture.request(port: port))
      }
    }
    #expect(try await cancelled.value == .stopping)
  }

  @Test("After the request is written, cancellation changes nothing")
  func lateCancellation() async throws {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    try await SenderFixture.run(answers: [.drip(after: text)]) { sender, receiver in
      let attempt = Task { await sender.send(to: receiver) }
      try await eventually("it has arrived") { receiver.requests.count == 1 }
      attempt.cancel()
      #expect(await attempt.value == .answered(200, "xxxxx"))
    }
  }

  @Test("After the shutdown nothing is sent, and what is on its way ends")
  func shutDown() async throws {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    try await SenderFixture.run(answers: [.drip(after: text)]) { sender, receiver in
      let attempt = Task { await sender.send(to: receiver) }
      try await eventually("it has arrived") { receiver.requests.count == 1 }
      await sender.shutDown()
      #expect(await sender.send(to: receiver) == .stopping)
      #expect(await attempt.value == .answered(200, "xxxxx"))
      try await eventually("it is closed") { sender.openConnections == 0 }
    }
  }
}
