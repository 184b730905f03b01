import TestSupport
import Testing

extension TacoHelp {
  @Suite("Bodies that are no JSON object") struct InvalidJSONTests {
    /// Bytes that every operation refuses.
    static let bodies: [(String, [UInt8])] =
      [
        ("empty", ""), ("blank", "  \n"), ("null", "null"), ("an array", "[]"),
        ("an array of objects", #"[{"subject":"x"}]"#), ("a string", #""subject""#),
        ("a number", "1"), ("a boolean", "true"), ("truncated", #"{"subject":"x""#),
        ("a brace alone", "{"), ("a trailing comma", #"{"subject":"x",}"#),
        ("single quotes", "{'subject':'x'}"), ("bare keys", "{subject:1}"),
        ("two objects", "{} {}"), ("rubbish after it", "{}x"), ("a comment", "{/**/}"),
        ("form fields", "subject=x&description=y"),
        ("a raw line feed in a string", "{\"a\":\"\n\"}"),
        ("NaN", #"{"a":NaN}"#), ("a bad escape in an unknown member", #"{"zzz":"\q"}"#),
        ("a bad number in an unknown member", #"{"zzz":1.2.3}"#),
        ("a leading zero in an unknown member", #"{"zzz":01}"#),
        ("half a surrogate in an unknown member", #"{"zzz":"\ud800"}"#),
        ("deep nesting", String(repeating: "[", count: 100_000)),
        ("a deep object", String(repeating: #"{"a":"#, count: 50_000)),
        ("a NUL after it", "{}\0"), ("a NUL in a string", "{\"a\":\"\0\"}"),
      ].map { ($0, Array($1.utf8)) } + [
        ("UTF-16 with a mark", [0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
        ("UTF-16 without a mark", [0x7b, 0, 0x7d, 0]),
        ("UTF-16, big end first", [0, 0x7b, 0, 0x7d]),
        ("UTF-32", [0x7b, 0, 0, 0, 0x7d, 0, 0, 0]),
        ("Latin-1", Array("{\"a\":\"".utf8) + [0xe9] + Array("\"}".utf8)),
        ("an overlong slash", Array("{\"a\":\"".utf8) + [0xc0, 0xaf] + Array("\"}".utf8)),
        ("an encoded surrogate", Array("{\"a\":\"".utf8) + [0xed, 0xa0, 0x80] + Array("\"}".utf8)),
      ]

    @Test("All are answered with 400 invalid_json", arguments: Operation.writing)
    func refused(operation: Operation) async throws {
      let tenant = try await Tenant.make(rateLimit: 1000)
      let subjects = try await Subjects.make(tenant)
      for (name, body) in Self.bodies {
        let answer = try await tenant.client.send(
          operation.method, operation.path(subjects),
          headers: [("Content-Type", "application/json")], body: body)
        #expect(answer.outcome == "400 invalid_json", "\(name)")
      }
    }

    @Test("The message says what is wrong with the encoding, and which member stands twice")
    func reasons() async throws {
      let (client, ticket) = (
        try await Tenant.make().client,
        #"{"subject":"a","description":"b","createdByEmail":"c@d.example"}"#
      )
      let utf16 = Array(ticket.utf16)
      let cases: [([UInt8], String)] = [
        ([0xef, 0xbb, 0xbf] + Array(ticket.utf8), "byte order mark"),
        (utf16.flatMap { [UInt8($0), 0] }, "UTF-16"),
        (utf16.flatMap { [0, UInt8($0)] }, "UTF-16"),
        ([0xff, 0xfe] + utf16.flatMap { [UInt8($0), 0] }, "UTF-16"),
        (utf16.flatMap { [UInt8($0), 0, 0, 0] }, "UTF-32"),
        (Array(ticket.utf8) + [0xff], "not UTF-8"),
        (Array(ticket.replacing("\"b\"", with: #""\ud83c""#).utf8), "surrogate"),
        (Array(ticket.replacing("}", with: #","subject":"z"}"#).utf8), "\"subject\" twice"),
        (Array(ticket.replacing("}", with: #","x":[{"y":1,"y":1}]}"#).utf8), "\"y\" twice"),
      ]
      for (body, words) in cases {
        let answer = try await client.send("POST", "/tickets", body: body)
        #expect(answer.outcome == "400 invalid_json", "\(words)")
        #expect(answer.json["error"]?["message"]?.string?.contains(words) == true, "\(answer)")
      }
    }

    @Test("The error has code, message and the request's id, and nothing of the inside")
    func shape() async throws {
      let answer = try await Tenant.make().client.send("POST", "/tickets", body: Array("{".utf8))
      let error = answer.json["error"]
      #expect(error?.keys == ["code", "message", "requestId"])
      #expect(error?["requestId"]?.string == answer.header("X-Request-Id"))
      #expect(error?["message"]?.string?.contains("Decod") == false)
    }
  }
}
