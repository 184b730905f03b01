import Testing

extension TacoHelp {
  @Suite("Bodies that are no JSON object") struct InvalidJSONTests {
    /// Bytes that are refused whatever the operation.
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

    @Test("A byte order mark is taken or refused, never an error of the server")
    func byteOrderMark() async throws {
      let answer = try await Tenant.make().client.send(
        "POST", "/tickets", body: [0xef, 0xbb, 0xbf] + Array("{}".utf8))
      #expect(["400 invalid_json", "400 invalid_parameter"].contains(answer.outcome))
    }

    @Test("The error has code, message and the request's id, and nothing of the inside")
    func shape() async throws {
      let answer = try await Tenant.make().client.send("POST", "/tickets", body: Array("{".utf8))
      let error = answer.json["error"]
      #expect(
        Shape.object(["code": .text, "message": .text, "requestId": .text]).faults(error) == [])
      #expect(error?["requestId"]?.string == answer.header("X-Request-Id"))
      #expect(error?["message"]?.string?.contains("Decod") == false)
    }
  }
}
