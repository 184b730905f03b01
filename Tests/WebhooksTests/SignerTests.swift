import Postgres
import Testing

@testable import Helpdesk
@testable import Webhooks

@Suite struct SignerTests {
  private func delivery(_ clock: DatabaseClock) -> Delivery {
    let (organization, endpoint) = (OrganizationID.ofNothing, EndpointID.ofNothing)
    let row = SecretRow(organization: organization, endpoint: endpoint, id: "s")
    let secret = StoredSecret(
      row: row, text: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", keyID: nil)
    return Delivery(
      organization: organization, id: .ofNothing, endpoint: endpoint, event: .ofNothing,
      type: "ticket.created", url: "https://example.com/", body: "{}", secrets: [secret],
      failedAttempts: 0, lease: Timestamp(microsecondsSince2000: 0), clock: clock, waited: .zero,
      most: 1, isFirst: true)
  }

  /// Ten minutes after the year 2000 began, whatever this machine's clock says.
  @Test("the time is the database's, at the claim and in the seconds after it", arguments: [0, 90])
  func time(secondsSinceClaim: Int) throws {
    let clock = DatabaseClock(
      Timestamp(microsecondsSince2000: 600_200_000), readAt: .now - .seconds(secondsSinceClaim))
    let headers = try Signer(version: "1", keys: SecretKeys()).headers(for: delivery(clock))
    let expected = "\(946_684_800 + 600 + secondsSinceClaim)"
    for name in ["X-Webhook-Timestamp", "webhook-timestamp"] {
      #expect(headers.filter { $0.0 == name }.map(\.1) == [expected])
    }
  }
}
