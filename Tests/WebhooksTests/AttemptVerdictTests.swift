import Helpdesk
import Testing

@testable import Webhooks

@Suite("The verdict on an attempt") struct AttemptVerdictTests {
  private func verdict(
    _ outcome: AttemptOutcome, failed: Int = 0, random: Double = 0
  ) -> AttemptVerdict {
    AttemptVerdict(outcome, failedAttempts: failed, now: 784_111_777, random: random)
  }

  private func answer(_ status: Int, retryAfter: String? = nil) -> AttemptOutcome {
    .answered(status: status, retryAfter: retryAfter, body: [1, 2])
  }

  @Test("any 2xx is a success, whatever came before", arguments: [200, 201, 202, 204, 299])
  func success(status: Int) {
    for failed in 0...3 {
      let verdict = verdict(answer(status), failed: failed)
      #expect(verdict.verdict == .succeeded)
      #expect(verdict.status == status)
      #expect(verdict.error == nil)
      #expect(verdict.response == [1, 2])
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
      .answered(status: 99, retryAfter: nil, body: []), .failed("no answer within 10 s"),
    ] as [AttemptOutcome], delays)
  func retries(outcome: AttemptOutcome, delay: (failed: Int, seconds: Int?)) {
    let verdict = verdict(outcome, failed: delay.failed)
    #expect(verdict.verdict == delay.seconds.map { .retry(after: .seconds($0)) } ?? .failed)
    #expect(verdict.error?.isEmpty == false)
    // The table takes no other status.
    #expect(verdict.status.map { (100...999).contains($0) } ?? true)
  }

  static let wishes: [(status: Int, wish: String, failed: Int, seconds: Int?)] = [
    (429, "1", 0, 2), (429, "60", 0, 60), (503, "60", 2, 60), (503, "20", 2, 32),
    (429, "100000", 1, 300), (503, "Sun, 06 Nov 1994 08:50:37 GMT", 0, 60),
    (503, "later", 0, 2), (429, "60", 3, nil), (500, "60", 0, 2), (302, "60", 0, 2),
  ]

  @Test(
    "Retry-After lengthens the delay after 429 and 503, to 5 minutes at most", arguments: wishes)
  func retryAfter(status: Int, wish: String, failed: Int, seconds: Int?) {
    let verdict = verdict(answer(status, retryAfter: wish), failed: failed).verdict
    #expect(verdict == seconds.map { .retry(after: .seconds($0)) } ?? .failed)
  }

  @Test("jitter lengthens a delay by less than a tenth and never shortens it")
  func jitter() {
    for (failed, delay) in AttemptVerdict.delays.enumerated() {
      for random in [0, 0.1, 0.5, 0.99, 1] {
        guard case .retry(let after) = verdict(answer(500), failed: failed, random: random).verdict
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
    #expect(verdict(answer(410)).verdict == .gone)
    #expect(verdict(.refused("10.0.0.1 is private")).verdict == .failed)
    #expect(verdict(.refused("10.0.0.1 is private")).error == "10.0.0.1 is private")
  }

  @Test("what was not sent does not count as an attempt")
  func notSent() {
    #expect(verdict(.notSent("no sockets"), failed: 3).verdict == .returned(after: .seconds(1)))
    #expect(verdict(.notSigned("no key"), failed: 3).verdict == .returned(after: .seconds(30)))
  }
}
