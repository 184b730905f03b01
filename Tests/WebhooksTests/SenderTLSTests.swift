import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TestReceivers
import TestSupport
import Testing

@testable import Webhooks

@Suite("Sender: TLS", .timeLimit(.minutes(2))) struct SenderTLSTests {
  @Test("A certificate of an additional authority is trusted, and the host name is announced")
  func good() async throws {
    try await SenderFixture.run(tls: \.good) { sender, receiver in
      for _ in 0..<3 { #expect(await sender.send(to: receiver, "https") == .answered(200)) }
      #expect(receiver.serverNames == ["hooks.example.com"])
      #expect(
        receiver.requests.map { $0.head.headers["host"] }
          == Array(repeating: ["hooks.example.com:\(receiver.port)"], count: 3))
      #expect(receiver.connectionCount == 1)
    }
  }

  static let unverified = "the certificate could not be verified: "
  static let untrusted =
    unverified
    + "it was issued by an authority that is not trusted, or an intermediate certificate is"
    + " missing or has expired"

  static let otherName = "the certificate is not valid for hooks.example.com"

  static let badCertificates:
    [(any SenderFixture.Identity & Sendable, isTrusted: Bool, words: String)] = [
      (\.expired, true, unverified + "it has expired"), (\.otherName, true, otherName),
      // Issued for the very address that is connected to.
      (\.address, true, otherName), (\.commonName, true, otherName),
      (\.selfSigned, true, unverified + "it is self-signed"),
      (\.expiredIntermediate, true, untrusted), (\.missingIntermediate, true, untrusted),
      (\.good, false, untrusted),
    ]

  @Test("A bad certificate fails with its reason, and nothing is sent", arguments: badCertificates)
  func bad(_ identity: any SenderFixture.Identity & Sendable, isTrusted: Bool, words: String)
    async throws
  {
    try await SenderFixture.run(tls: identity, isTrusted: isTrusted) { sender, receiver in
      #expect(await sender.send(to: receiver, "https") == .noAnswer(words))
      #expect(receiver.requests.isEmpty)
    }
  }

  static let names: [(any SenderFixture.Identity & Sendable, host: String)] = [
    (\.underscore, "my_hooks.example.com"), (\.wildcard, "a_b.example.com"),
    (\.intermediate, "hooks.example.com"),
  ]

  @Test("A name with an underscore is verified like any other, by wildcards too", arguments: names)
  func underscore(identity: any SenderFixture.Identity & Sendable, host: String) async throws {
    try await SenderFixture.run(tls: identity) { sender, receiver in
      #expect(await sender.send(to: receiver, "https", host: host) == .answered(200))
      #expect(receiver.serverNames == [host])
      #expect(
        await sender.send(to: receiver, "https", host: "a.b.example.com")
          == .noAnswer("the certificate is not valid for a.b.example.com"))
    }
  }

  @Test("A certificate for an address is good for a URL with that address, and for no other")
  func address() async throws {
    try await SenderFixture.run(on: "0.0.0.0", tls: \.address) { sender, receiver in
      #expect(await sender.send(to: receiver, "https", host: "127.0.0.1") == .answered(200))
      #expect(receiver.serverNames == [nil])
      #expect(
        await sender.send(to: receiver, "https", host: "127.0.0.2")
          == .noAnswer("the certificate is not valid for 127.0.0.2"))
    }
  }

  @Test("Plain HTTP on an https URL fails")
  func plain() async throws {
    try await SenderFixture.run { sender, receiver in
      #expect(
        await sender.send(to: receiver, "https")
          == .noAnswer("the endpoint did not answer with TLS"))
    }
  }

  @Test("TLS 1.1 is refused")
  func oldVersion() async throws {
    try await SenderFixture.run(tls: \.good, maximumVersion: .tlsv11) { sender, receiver in
      #expect(
        await sender.send(to: receiver, "https")
          == .noAnswer("the endpoint does not offer TLS 1.2 or later"))
    }
  }

  @Test("A handshake that does not end fails at the deadline, or is cancelled")
  func silence() async throws {
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(listener.localAddress?.port)
    try await SenderFixture.run { sender in
      let request = try SenderFixture.request("https", port: port)
      #expect(
        await sender.send(request, within: .seconds(1))
          == .noAnswer("the TLS handshake was not finished within 1 s"))
      let attempt = Task { await sender.send(request) }
      try await eventually("it connects") { sender.openConnections == 1 }
      attempt.cancel()
      #expect(await attempt.value == .stopping)
    }
    try await listener.close()
  }

  @Test("Over TLS too, a hanging answer is given up") func hang() async throws {
    try await SenderFixture.run(tls: \.good, answers: [.hang]) { sender, receiver in
      #expect(
        await sender.send(to: receiver, "https", within: .seconds(1))
          == .noAnswer("no answer within 1 s"))
      try await eventually("it is closed") { receiver.openConnections == 0 }
    }
  }

  @Test("A file without certificates is an error that names it")
  func unusableFile() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("tacohelp-\(UUID().uuidString).pem").path
    func makeSender() throws {
      _ = try Sender(
        check: DestinationCheck(policy: AddressPolicy(), resolver: FakeResolver(addresses: [])),
        additionalTrustRoots: path, group: MultiThreadedEventLoopGroup.singleton)
    }
    let error = TrustedRootsError.unusable(path)
    #expect(error.description.contains(path))
    #expect(throws: error) { try makeSender() }
    try "no certificate\n".write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: error) { try makeSender() }
  }
}
