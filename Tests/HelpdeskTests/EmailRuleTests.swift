import TestSupport
import Testing

@testable import Helpdesk

@Suite("E-mail addresses in Swift and in SQL") struct EmailRuleTests {
  @Test("The same characters are refused by both")
  func characters() async throws {
    try await Fixture.with { fixture in
      let scalars = (1...0x1ffff).map { $0 as UInt32 } + (0xe0000...0xe0fff)
      let refused = scalars.compactMap(Unicode.Scalar.init).filter {
        EmailAddress("a\($0)b@c.d") == nil
      }
      let rows = try await fixture.psql(
        """
        select n from (select generate_series(1, \(0x1ffff)) n
                       union all select generate_series(\(0xe0000), \(0xe0fff))) s
         where n not between \(0xd800) and \(0xdfff) and not ops._is_email('a' || chr(n) || 'b@c.d')
        """)
      #expect(rows.split(separator: "\n").compactMap { UInt32($0) } == refused.map(\.value))
      #expect(refused.count > 150)
    }
  }

  @Test("The same addresses are refused by both")
  func addresses() async throws {
    try await Fixture.with { fixture in
      for (text, address) in ValueTests.addresses where address == nil || address == text {
        // No text in PostgreSQL has U+0000.
        guard !text.isEmpty, !text.contains("\0"), text.count < 250 else { continue }
        let isEmail = try await fixture.psql("select ops._is_email('\(text)')") == "t"
        #expect(isEmail == (address != nil), "\(text)")
      }
    }
  }
}
