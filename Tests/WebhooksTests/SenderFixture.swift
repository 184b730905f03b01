import NIOPosix
import Synchronization
import TestSupport

@testable import Webhooks

/// What the tests of ``Sender`` have in common.
enum SenderFixture {
  /// Runs `body` with a sender whose names resolve to `addresses`, and checks that it leaves no
  /// connection behind.
  static func run<Result>(
    addresses: [String] = ["127.0.0.1"], allowed: String = "127.0.0.0/8",
    trusting authority: String? = nil, _ body: (Sender) async throws -> Result
  ) async throws -> Result {
    try await run(
      resolver: FakeResolver(addresses: addresses), allowed: allowed, trusting: authority, body)
  }

  static func run<Result>(
    resolver: any HostResolver, allowed: String = "127.0.0.0/8",
    trusting authority: String? = nil, idleConnections: IdleConnections = IdleConnections(),
    _ body: (Sender) async throws -> Result
  ) async throws -> Result {
    let policy = AddressPolicy(allowedNetworks: try IPNetwork.list(allowed))
    let sender = try Sender(
      check: DestinationCheck(policy: policy, resolver: resolver, allowHTTP: true),
      additionalTrustRoots: authority, group: MultiThreadedEventLoopGroup.singleton,
      idleConnections: idleConnections)
    let result = try await body(sender)
    await sender.shutDown()
    try await eventually("every connection is closed") { sender.openConnections == 0 }
    return result
  }

  static func request(
    _ scheme: String = "http", host: String = "hooks.example.com", port: Int,
    target: String = "/hook?a=b", body: String = #"{"id":"evt_1"}"#
  ) throws -> WebhookRequest {
    WebhookRequest(
      url: try EndpointURL("\(scheme)://\(host):\(port)\(target)", allowHTTP: true),
      headers: [("Content-Type", "application/json"), ("X-Webhook-Event", "ticket.created")],
      body: body)
  }
}

extension Sender {
  /// Sends with a deadline so far away that only a defect could reach it.
  func send(_ request: WebhookRequest) async -> AttemptOutcome {
    await send(request, within: .seconds(30))
  }

  func send(_ request: WebhookRequest, within limit: Duration) async -> AttemptOutcome {
    await send(request, deadline: .now + limit)
  }
}

extension AttemptOutcome {
  /// An answer without `Retry-After`.
  static func answered(_ status: Int, _ body: String = "") -> AttemptOutcome {
    .answered(status: status, retryAfter: nil, body: Array(body.utf8))
  }
}
