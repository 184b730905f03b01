import Postgres
import Testing

@testable import Helpdesk
@testable import Webhooks

@Suite("Retry policy") struct RetryPolicyTests {
  /// The result of a delivery at Sun, 06 Nov 1994 08:49:37 GMT.
  private func result(_ sent: SendResult, failed: Int = 0, random: Double = 0) -> DeliveryResult {
    let now = Timestamp(microsecondsSince2000: (784_111_777 - 946_684_800) * 1_000_000)
    return RetryPolicy.result(
      of: .sample(failed: failed, clock: DatabaseClock(now)), sent, started: .now, duration: .zero,
      random: random)
  }

  private func answer(_ status: Int, retryAfter: String? = nil) -> SendResult {
    .answered(status: status, retryAfter: retryAfter, body: [1, 2])
  }

  @Test("any 2xx is a success, whatever came before", arguments: [200, 201, 202, 204, 299])
  func success(status: Int) {
    for failed in 0...3 {
      let result = result(answer(status), failed: failed)
      #expect(result.outcome == .succeeded)
      #expect(result.status == status)
      #expect(result.error == nil)
      #expect(result.response == [1, 2])
    }
  }

  static let delays: [(failed: Int, seconds: Int?)] = [(0, 2), (1, 8), (2, 32), (3, nil), (9, nil)]

  @Test(
    "anything else is tried again after 2, 8 and 32 s, redirects included",
    arguments: [
      .answered(status: 500, retryAfter: nil, body: []),
      .answered(status: 301, retryAfter: nil, body: []),
      .answered(status: 101, retryAfter: nil, body: []),
      .answered(status: 404, retryAfter: "100", body: []),
      .answered(status: 999, retryAfter: nil, body: []),
      .answered(status: 99, retryAfter: nil, body: []), .noAnswer("no answer within 10 s"),
    ] as [SendResult], delays)
  func retries(sent: SendResult, delay: (failed: Int, seconds: Int?)) {
    let result = result(sent, failed: delay.failed)
    #expect(result.outcome == delay.seconds.map { .retry(after: .seconds($0)) } ?? .failed)
    #expect(result.error?.isEmpty == false)
    // The table takes no other status.
    #expect(result.status.map { (100...999).contains($0) } ?? true)
  }

  static let wishes: [(status: Int, wish: String, failed: Int, seconds: Int?)] = [
    (429, "1", 0, 2), (429, "60", 0, 60), (503, "60", 2, 60), (503, "20", 2, 32),
    (429, "100000", 1, 300), (503, "Sun, 06 Nov 1994 08:50:37 GMT", 0, 60),
    (503, "later", 0, 2), (429, "60", 3, nil), (500, "60", 0, 2), (302, "60", 0, 2),
  ]

  @Test(
    "Retry-After lengthens the delay after 429 and 503, to 5 minutes at most", arguments: wishes)
  func retryAfter(status: Int, wish: String, failed: Int, seconds: Int?) {
    let outcome = result(answer(status, retryAfter: wish), failed: failed).outcome
    #expect(outcome == seconds.map { .retry(after: .seconds($0)) } ?? .failed)
  }

  @Test("jitter lengthens a delay by less than a tenth and never shortens it")
  func jitter() {
    for (failed, delay) in RetryPolicy.delays.enumerated() {
      for random in [0, 0.1, 0.5, 0.99, 1] {
        guard case .retry(let after) = result(answer(500), failed: failed, random: random).outcome
        else {
          Issue.record("no retry")
          continue
        }
        #expect(after >= delay && after <= delay * 1.05)
      }
    }
  }

  @Test("410 ends the delivery and the endpoint, a refused address the delivery alone")
  func ends() {
    #expect(result(answer(410)).outcome == .gone)
    #expect(result(.refused("10.0.0.1 is private")).outcome == .failed)
    #expect(result(.refused("10.0.0.1 is private")).error == "10.0.0.1 is private")
  }

  @Test("what was not sent does not count as an attempt")
  func notSent() {
    let stopped = RetryPolicy.result(
      of: .sample(), .notSent("stopping"), started: .now, duration: .zero, isStopping: true)
    #expect(stopped.outcome == .returned(after: .zero))
    #expect(result(.notSent("no sockets"), failed: 3).outcome == .returned(after: .seconds(1)))
    #expect(result(.notSigned("no key"), failed: 3).outcome == .returned(after: .seconds(30)))
  }
}
