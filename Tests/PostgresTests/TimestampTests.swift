import TestSupport
import Testing

@testable import Postgres

@Suite("Timestamp", .database, .timeLimit(.minutes(1))) struct TimestampTests {
  static let table: [(microseconds: Int64, text: String)] = [
    (0, "2000-01-01T00:00:00.000Z"),
    (-1, "1999-12-31T23:59:59.999Z"),
    (-1000, "1999-12-31T23:59:59.999Z"),
    (-1001, "1999-12-31T23:59:59.998Z"),
    (999, "2000-01-01T00:00:00.000Z"),
    (1999, "2000-01-01T00:00:00.001Z"),
    (999_999, "2000-01-01T00:00:00.999Z"),
    (-946_684_800_000_000, "1970-01-01T00:00:00.000Z"),
    (-946_684_800_000_001, "1969-12-31T23:59:59.999Z"),
    (-946_684_801_000_000, "1969-12-31T23:59:59.000Z"),
    (5_097_600_000_000, "2000-02-29T00:00:00.000Z"),
    (5_184_000_000_000, "2000-03-01T00:00:00.000Z"),
    (762_523_200_000_000, "2024-02-29T12:00:00.000Z"),
    (827_055_000_123_999, "2026-03-17T09:30:00.123Z"),
    (3_160_857_600_000_000, "2100-03-01T00:00:00.000Z"),
    (3_160_857_599_999_999, "2100-02-28T23:59:59.999Z"),
    (252_455_615_999_999_999, "9999-12-31T23:59:59.999Z"),
    (252_455_616_000_000_000, "9999-12-31T23:59:59.999Z"),
    (.max, "9999-12-31T23:59:59.999Z"),
    (.min, "0000-01-01T00:00:00.000Z"),
    (-63_113_904_000_000_000, "0000-01-01T00:00:00.000Z"),
  ]

  @Test("is written as RFC 3339 in UTC, cut to milliseconds", arguments: table)
  func written(_ microseconds: Int64, _ text: String) {
    #expect(Timestamp(microsecondsSince2000: microseconds).description == text)
  }

  static let readable: [(text: String, written: String)] = [
    ("2026-03-17T09:30:00.123Z", "2026-03-17T09:30:00.123Z"),
    ("2026-03-17t09:30:00z", "2026-03-17T09:30:00.000Z"),
    ("2026-03-17 09:30:00.1Z", "2026-03-17T09:30:00.100Z"),
    ("2026-03-17T09:30:00.1239999999999Z", "2026-03-17T09:30:00.123Z"),
    ("2026-03-17T10:30:00+01:00", "2026-03-17T09:30:00.000Z"),
    ("2026-03-16T23:45:00-09:45", "2026-03-17T09:30:00.000Z"),
    ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
    ("1999-12-31T23:59:60Z", "2000-01-01T00:00:00.000Z"),
    ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
    ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
  ]

  @Test("is read from RFC 3339", arguments: readable)
  func read(_ text: String, _ written: String) {
    #expect(Timestamp(rfc3339: text)?.description == written)
  }

  @Test("is read from all that it writes", arguments: table)
  func readAgain(_ microseconds: Int64, _ text: String) {
    #expect(Timestamp(rfc3339: text)?.description == text)
  }

  @Test(
    "is read from nothing else",
    arguments: [
      "", "2026-03-17", "2026-03-17T09:30:00", "2026-03-17T09:30Z", "2026-3-17T09:30:00Z",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z",
      "2026-03-00T00:00:00Z", "2026-03-17T24:00:00Z", "2026-03-17T09:60:00Z",
      "2026-03-17T09:30:61Z",
      "2026-03-17T09:30:00+24:00", "2026-03-17T09:30:00+01:60", "2026-03-17T09:30:00.Z",
      " 2026-03-17T09:30:00Z", "2026-03-17T09:30:00Z ", "20260-03-17T09:30:00Z",
      "٢٠٢٦-03-17T09:30:00Z", "-2026-03-17T09:30:00Z",
    ])
  func notRead(_ text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test("is written as PostgreSQL writes it, for 1,000 random moments") func random() async throws {
    let statement = Statement(
      "select to_char($1 at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')", .timestamptz)
    try await withSchemaPool { pool, _ in
      let answers = (0..<1000).map { i in
        // From the year 1 to 9999, half of them within a century.
        let moment = Timestamp(
          microsecondsSince2000: i % 2 == 0
            ? .random(in: -63_082_281_600_000_000..<252_455_616_000_000_000)
            : .random(in: -1_577_880_000_000_000...1_577_880_000_000_000))
        return (moment, pool.start(UnitOfWork(.read, statement(.timestamptz(moment)))))
      }
      for (moment, answer) in answers {
        let text = try await answer.rows()[0].first?.text()
        #expect(moment.description == text, "\(moment.microsecondsSince2000)")
      }
    }
  }

  @Test("infinity stays beyond every moment") func infinity() async throws {
    try await withSchemaPool { pool, _ in
      let row = try await pool.row(
        Statement("select 'infinity'::timestamptz, '-infinity'::timestamptz, now()")())
      #expect(try row.timestamp().description == "9999-12-31T23:59:59.999Z")
      #expect(try row.column(1) { try $0.timestamp() }.description == "0000-01-01T00:00:00.000Z")
      #expect(try row.column(1) { try $0.timestamp() } < row.column(2) { try $0.timestamp() })
      #expect(try row.column(2) { try $0.timestamp() } < row.timestamp())
    }
  }

  @Test("counts from 1970 too")
  func since1970() {
    #expect(Timestamp(microsecondsSince2000: 0).microsecondsSince1970 == 946_684_800_000_000)
    #expect(Timestamp(microsecondsSince2000: .max).microsecondsSince1970 == .max)
  }
}
