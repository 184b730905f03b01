import Postgres

@testable import Helpdesk

extension Delivery {
  /// An arbitrary delivery.
  static func sample(
    to endpoint: EndpointID = .ofNothing, failed: Int = 0, body: String = "{}",
    secrets: [StoredSecret] = [],
    clock: DatabaseClock = DatabaseClock(Timestamp(microsecondsSince2000: 0))
  ) -> Delivery {
    Delivery(
      organization: .ofNothing, id: .ofNothing, endpoint: endpoint, event: .ofNothing,
      type: "ticket.created", url: "https://example.com/", body: body, secrets: secrets,
      failedAttempts: failed, lockedUntil: Timestamp(microsecondsSince2000: 0), clock: clock,
      waited: .zero, claimLimit: 1, isFirst: failed == 0)
  }
}
