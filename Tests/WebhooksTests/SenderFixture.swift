import NIOPosix
import NIOSSL
import TestReceivers
import TestSupport

@testable import Webhooks

/// Senders for tests, with and without a receiver.
enum SenderFixture {
  typealias Identity = KeyPath<TestCertificates, TestCertificates.Identity>

  /// Runs `body` with a sender whose names resolve to `addresses`, and checks that it leaves no
  /// connection behind.
  static func run<Result>(
    addresses: [String] = ["127.0.0.1"], resolver: (any HostResolver)? = nil,
    allowed: String = "127.0.0.0/8", trusting authority: String? = nil,
    idleConnections: IdleConnections = IdleConnections(), _ body: (Sender) async throws -> Result
  ) async throws -> Result {
    let policy = AddressPolicy(allowedNetworks: try IPNetwork.list(allowed))
    let sender = try Sender(
      check: DestinationCheck(
        policy: policy, resolver: resolver ?? FakeResolver(addresses: addresses), allowHTTP: true),
      additionalTrustRoots: authority, group: MultiThreadedEventLoopGroup.singleton,
      idleConnections: idleConnections)
    let result = try await body(sender)
    await sender.shutDown()
    try await eventually("every connection is closed") { sender.openConnections == 0 }
    return result
  }

  /// Runs `body` with a sender and a receiver.
  ///
  /// - Parameters:
  ///   - tls: the receiver's certificate; nil for plain HTTP
  ///   - isTrusted: true if the sender trusts the test's authority
  static func run(
    on host: String = "127.0.0.1", tls: Identity? = nil,
    maximumVersion: TLSVersion? = nil, isTrusted: Bool = true,
    answers: [ScriptedAnswer] = [.reply(200)], addresses: [String] = ["127.0.0.1"],
    resolver: (any HostResolver)? = nil, allowed: String = "127.0.0.0/8",
    idleConnections: IdleConnections = IdleConnections(),
    _ body: (Sender, Receiver) async throws -> Void
  ) async throws {
    let certificates = try await TestCertificates.shared
    let identity = tls.map { certificates[keyPath: $0] }
    try await Receiver.run(
      on: host, tls: identity, maximumVersion: maximumVersion, answers: answers
    ) { receiver in
      try await run(
        addresses: addresses, resolver: resolver, allowed: allowed,
        trusting: isTrusted ? certificates.authority : nil, idleConnections: idleConnections
      ) { try await body($0, receiver) }
    }
  }

  static func request(
    _ scheme: String = "http", host: String = "hooks.example.com", port: Int,
    body: String = #"{"id":"evt_1"}"#
  ) throws -> WebhookRequest {
    WebhookRequest(
      url: try EndpointURL("\(scheme)://\(host):\(port)/hook?a=b", allowHTTP: true),
      headers: [("Content-Type", "application/json"), ("X-Webhook-Event", "ticket.created")],
      body: body)
  }
}

extension Sender {
  /// Sends a request, by default with a deadline that only a defect could reach.
  func send(_ request: WebhookRequest, within limit: Duration = .seconds(30)) async -> SendResult {
    await send(request, deadline: .now + limit)
  }

  func send(
    to receiver: Receiver, _ scheme: String = "http", host: String = "hooks.example.com",
    within limit: Duration = .seconds(30)
  ) async -> SendResult {
    do {
      let request = try SenderFixture.request(scheme, host: host, port: receiver.port)
      return await send(request, within: limit)
    } catch {
      return .notSent("\(error)")
    }
  }
}

extension SendResult {
  /// An answer without `Retry-After`.
  static func answered(_ status: Int, _ body: String = "") -> SendResult {
    .answered(status: status, retryAfter: nil, body: Array(body.utf8))
  }
}
