import Postgres
import Testing

@testable import Helpdesk
@testable import Webhooks

@Suite struct SignerTests {
  private func delivery(_ clock: DatabaseClock) -> Delivery {
    let row = SecretRow(organization: .ofNothing, endpoint: .ofNothing, id: "s")
    let secret = StoredSecret(
      row: row, text: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", keyID: nil)
    return .sample(secrets: [secret], clock: clock)
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
