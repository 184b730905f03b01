import TestSupport
import Testing

extension TacoHelp {
  /// Random positions in lists, from a seed that a failure prints.
  @Suite("Positions in lists of the console") struct PageFuzzTests {
    private func seed(_ what: String) -> Comment { "seed \(SeededGenerator.seed): \(what)" }

    @Test("Whatever position a page of the console is asked for, it is shown or refused with words")
    func pages() async throws {
      var generator = SeededGenerator()
      let tenant = try await Tenant.make()
      let endpoint = try await tenant.makeEndpoint("ticket.created")
      let ticket = try await tenant.makeTicket().id
      var browser = try await tenant.browser(tenant.admin)
      let addresses = [
        "audit?action=api_key.created&person=operator&before=\(ticket)", "audit?before=%FE",
        "people?after=\(tenant.agent)", "api-keys?before=\(ticket)",
        "api-keys?revoked-before=\(ticket)", "webhooks/\(endpoint)/deliveries?before=0-\(ticket)",
        "webhooks/\(endpoint)/deliveries?state=held&type=ticket.created&since=day"
          + "&before=36028797018963967-\(ticket)",
      ]
      var statuses: Set<Int> = []
      for _ in 0..<250 {
        let address = generator.pick(addresses)
        let (path, query) = (address.prefix { $0 != "?" }, address.drop { $0 != "?" }.dropFirst())
        var bytes = Array(query.utf8)
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
          generator.spoil(&bytes, with: "&=%-0123456789cz'")
        }
        let sent = bytes.map { byte in
          switch byte {
          case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            String(Unicode.Scalar(byte))
          case _ where "&=%-._'".utf8.contains(byte): String(Unicode.Scalar(byte))
          default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
          }
        }.joined()
        let answer = try await browser.open("/settings/\(path)?\(sent)")
        statuses.insert(answer.status)
        #expect([200, 400].contains(answer.status), seed("\(path)?\(sent)"))
        #expect(answer.body.contains("</html>"), seed("\(path)?\(sent)"))
      }
      #expect(statuses == [200, 400])
    }
  }
}
