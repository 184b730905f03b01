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
    let certificates = try await TestCertificates.shared
    try await Receiver.run(tls: certificates.good) { receiver in
      try await SenderFixture.run(trusting: certificates.authority) { sender in
        let request = try SenderFixture.request("https", port: receiver.port)
        for _ in 0..<3 { #expect(await sender.send(request) == .answered(200)) }
        #expect(receiver.serverNames == ["hooks.example.com"])
        #expect(
          receiver.requests.map { $0.head.headers["host"] }
            == Array(repeating: ["hooks.example.com:\(receiver.port)"], count: 3))
        #expect(receiver.connectionCount == 1)
      }
    }
  }

  struct BadCertificate: Sendable {
    let identity: any KeyPath<TestCertificates, TestCertificates.Identity> & Sendable
    var trustsAuthority = true
    let words: String
  }

  static let unverified = "the certificate could not be verified: "
  static let untrusted =
    unverified
    + "it was issued by an authority that is not trusted, or an intermediate certificate is"
    + " missing or has expired"

  static let badCertificates = [
    BadCertificate(identity: \.expired, words: unverified + "it has expired"),
    BadCertificate(
      identity: \.otherName, words: "the certificate is not valid for hooks.example.com"),
    // Issued for the very address that is connected to.
    BadCertificate(
      identity: \.address, words: "the certificate is not valid for hooks.example.com"),
    BadCertificate(
      identity: \.commonName, words: "the certificate is not valid for hooks.example.com"),
    BadCertificate(identity: \.selfSigned, words: unverified + "it is self-signed"),
    BadCertificate(identity: \.expiredIntermediate, words: untrusted),
    BadCertificate(identity: \.missingIntermediate, words: untrusted),
    BadCertificate(identity: \.good, trustsAuthority: false, words: untrusted),
  ]

  @Test("A bad certificate fails with its reason, and nothing is sent", arguments: badCertificates)
  func bad(_ row: BadCertificate) async throws {
    let certificates = try await TestCertificates.shared
    try await Receiver.run(tls: certificates[keyPath: row.identity]) { receiver in
      let authority = row.trustsAuthority ? certificates.authority : nil
      try await SenderFixture.run(trusting: authority) { sender in
        let outcome = await sender.send(try SenderFixture.request("https", port: receiver.port))
        #expect(outcome == .failed(row.words))
        #expect(receiver.requests.isEmpty)
      }
    }
  }

  @Test("A name with an underscore is verified like any other, by wildcards too")
  func underscore() async throws {
    let certificates = try await TestCertificates.shared
    for (identity, host) in [
      (certificates.underscore, "my_hooks.example.com"), (certificates.wildcard, "a_b.example.com"),
      (certificates.intermediate, "hooks.example.com"),
    ] {
      try await Receiver.run(tls: identity) { receiver in
        try await SenderFixture.run(trusting: certificates.authority) { sender in
          let good = try SenderFixture.request("https", host: host, port: receiver.port)
          #expect(await sender.send(good) == .answered(200))
          #expect(receiver.serverNames == [host])
          let other = try SenderFixture.request(
            "https", host: "a.b.example.com", port: receiver.port)
          #expect(
            await sender.send(other)
              == .failed("the certificate is not valid for a.b.example.com"))
        }
      }
    }
  }

  @Test("A certificate for an address is good for a URL with that address, and for no other")
  func address() async throws {
    let certificates = try await TestCertificates.shared
    try await Receiver.run(on: "0.0.0.0", tls: certificates.address) { receiver in
      try await SenderFixture.run(trusting: certificates.authority) { sender in
        let good = try SenderFixture.request("https", host: "127.0.0.1", port: receiver.port)
        #expect(await sender.send(good) == .answered(200))
        #expect(receiver.serverNames == [nil])
        let bad = try SenderFixture.request("https", host: "127.0.0.2", port: receiver.port)
        #expect(
          await sender.send(bad) == .failed("the certificate is not valid for 127.0.0.2"))
      }
    }
  }

  @Test("Plain HTTP on an https URL fails")
  func plain() async throws {
    try await Receiver.run { receiver in
      try await SenderFixture.run { sender in
        let outcome = await sender.send(try SenderFixture.request("https", port: receiver.port))
        #expect(outcome == .failed("the endpoint did not answer with TLS"))
      }
    }
  }

  @Test("TLS 1.1 is refused")
  func oldVersion() async throws {
    let certificates = try await TestCertificates.shared
    try await Receiver.run(tls: certificates.good, maximumVersion: .tlsv11) { receiver in
      try await SenderFixture.run(trusting: certificates.authority) { sender in
        let outcome = await sender.send(try SenderFixture.request("https", port: receiver.port))
        #expect(outcome == .failed("the endpoint does not offer TLS 1.2 or later"))
      }
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
          == .failed("the TLS handshake was not finished within 1 s"))
      let attempt = Task { await sender.send(request) }
      try await eventually("it connects") { sender.openConnections == 1 }
      attempt.cancel()
      #expect(await attempt.value == .stopping)
    }
    try await listener.close()
  }

  @Test("Over TLS too, an endless body is cut and a hanging answer is given up")
  func cut() async throws {
    let certificates = try await TestCertificates.shared
    let answers: [ScriptedAnswer] = [.flood(100 << 20), .hang]
    try await Receiver.run(tls: certificates.good, answers: answers) { receiver in
      try await SenderFixture.run(trusting: certificates.authority) { sender in
        let request = try SenderFixture.request("https", port: receiver.port)
        #expect(
          await sender.send(request) == .answered(200, String(repeating: "x", count: 1024)))
        #expect(
          await sender.send(request, within: .seconds(1))
            == .failed("no answer within 1 s"))
        try await eventually("both are closed") { receiver.openConnections == 0 }
        #expect(receiver.bytesWritten < 8 << 20)
      }
    }
  }

  @Test("Over TLS too, a kept connection that is closed or spoiled is given up")
  func idle() async throws {
    let certificates = try await TestCertificates.shared
    try await Receiver.run(tls: certificates.good) { receiver in
      try await SenderFixture.run(trusting: certificates.authority) { sender in
        let request = try SenderFixture.request("https", port: receiver.port)
        #expect(await sender.send(request) == .answered(200))
        await receiver.closeConnections()
        try await eventually("it is given up") { sender.openConnections == 0 }
        #expect(await sender.send(request) == .answered(200))
        try await receiver.blurt()
        try await eventually("it is given up") { sender.openConnections == 0 }
        #expect(await sender.send(request) == .answered(200))
      }
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
