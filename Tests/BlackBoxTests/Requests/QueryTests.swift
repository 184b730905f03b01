import TestSupport
import Testing

extension TacoHelp {
  @Suite("Parameters of lists") struct QueryTests {
    static let lists = ["/tickets", "/chat/conversations"]

    static let wrong: [(query: String, fields: [String])] = [
      ("limit=", ["limit"]), ("limit", ["limit"]), ("limit=0", ["limit"]), ("limit=00", ["limit"]),
      ("limit=-1", ["limit"]), ("limit=%2B5", ["limit"]), ("limit=+5", ["limit"]),
      ("limit=1.0", ["limit"]), ("limit=1e2", ["limit"]), ("limit=0x10", ["limit"]),
      ("limit=%205", ["limit"]), ("limit=5%20", ["limit"]), ("limit=abc", ["limit"]),
      ("limit=%EF%BC%95", ["limit"]), ("limit=%D9%A5", ["limit"]), ("limit=5&limit=5", ["limit"]),
      ("limit=5%00", ["limit"]), ("limit=%FF", ["limit"]),
      ("offset=", ["offset"]), ("offset=-1", ["offset"]), ("offset=%2B1", ["offset"]),
      ("offset=1.5", ["offset"]), ("offset=x", ["offset"]), ("offset=4294967296", ["offset"]),
      ("offset=99999999999999999999999", ["offset"]), ("offset=1&offset=2", ["offset"]),
      ("status=", ["status"]), ("status", ["status"]), ("status=nonsense", ["status"]),
      ("status=%00", ["status"]), ("status=OPEN,CLOSED", ["status"]),
      ("status=x&status=y", ["status"]),
      ("limit=0&offset=-1&status=no", ["limit", "offset", "status"]),
    ]

    @Test("A value that cannot be used is named", arguments: wrong)
    func refused(query: String, fields: [String]) async throws {
      let tenant = try await Tenant.make()
      for list in Self.lists {
        let answer = try await tenant.client.get("\(list)?\(query)")
        #expect(answer.outcome == "400 invalid_parameter")
        #expect(Set(answer.fields) == Set(fields))
      }
    }

    static let right: [(query: String, limit: Int, offset: Int)] = [
      ("", 50, 0), ("limit=1", 1, 0), ("limit=100", 100, 0), ("limit=101", 100, 0),
      ("limit=2147483648", 100, 0), ("limit=99999999999999999999999999", 100, 0),
      ("limit=007", 7, 0), ("limit=%37", 7, 0), ("offset=0", 50, 0),
      ("offset=2147483647", 50, 2_147_483_647),
      ("limit=3&offset=4", 3, 4), ("unknown=x&unknown=y&limit=2", 2, 0), ("Limit=0", 50, 0),
      ("&&limit=2&", 2, 0), ("%6Cimit=2", 2, 0),
    ]

    @Test("A value that can be used is echoed, a limit above 100 as 100", arguments: right)
    func echoed(query: String, limit: Int, offset: Int) async throws {
      let tenant = try await Tenant.make()
      for list in Self.lists {
        let answer = try await tenant.client.get("\(list)?\(query)")
        #expect(answer.status == 200)
        #expect(answer.json["limit"] == .int(limit))
        #expect(answer.json["offset"] == .int(offset))
        #expect(answer.json["total"] == 0)
      }
    }

    @Test("The words of one list's status are not the other's")
    func words() async throws {
      let client = try await Tenant.make().client
      for word in ["OPEN", "IN_PROGRESS", "WAITING", "RESOLVED", "CLOSED"] {
        #expect(try await client.get("/tickets?status=\(word)").status == 200)
        #expect(try await client.get("/chat/conversations?status=\(word)").fields == ["status"])
        #expect(try await client.get("/tickets?status=\(word.lowercased())").fields == ["status"])
      }
      for word in ["active", "ended"] {
        #expect(try await client.get("/chat/conversations?status=\(word)").status == 200)
        #expect(try await client.get("/tickets?status=\(word)").fields == ["status"])
      }
    }
  }
}
