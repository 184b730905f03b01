import TestSupport
import Testing

extension TacoHelp {
  @Suite("Media types and sizes of bodies") struct MediaTypeTests {
    @Test("A body that names another type, or a coding, is refused", arguments: Operation.writing)
    func unsupported(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let before = try await tenant.fingerprint()
      func send(_ headers: (String, String)...) async throws -> Answer {
        let answer = try await tenant.client.send(
          operation.method, operation.path(subjects), headers: headers,
          body: Array(operation.body(subjects).encoded.utf8))
        #expect(answer.outcome == "415 unsupported_media_type", "\(headers)")
        return answer
      }
      for type in [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/xml", "application/jsonx", "application/problem+json", "json", "*/*",
      ] {
        let answer = try await send(("Content-Type", type))
        #expect(answer.header("Accept") == "application/json")
        #expect(answer.header("Accept-Encoding") == nil)
      }
      for coding in ["gzip", "identity, gzip", "br", "Deflate"] {
        let answer = try await send(
          ("Content-Type", "application/json"), ("Content-Encoding", coding))
        #expect(answer.header("Accept-Encoding") == "identity")
        #expect(answer.header("Accept") == nil)
      }
      #expect(try await tenant.fingerprint() == before)
    }

    @Test(
      "JSON may be named in any case and with parameters, or not at all",
      arguments: [
        ("Content-Type", "application/json"), ("Content-Type", "Application/JSON"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Type", "application/json;charset=UTF-8"), ("Content-Type", ""), ("X-Other", ""),
        ("Content-Encoding", "identity"), ("Content-Encoding", ""),
      ])
    func supported(name: String, value: String) async throws {
      let tenant = try await Tenant.make()
      let answer = try await tenant.client.send(
        "POST", "/chat/conversations", headers: [(name, value)],
        body: Array(#"{"visitorName":"Sam"}"#.utf8))
      #expect(answer.status == 201)
    }

    @Test("Without a body the type does not matter")
    func noBody() async throws {
      let tenant = try await Tenant.make()
      let answer = try await tenant.client.send(
        "POST", "/tickets", headers: [("Content-Type", "text/plain"), ("Content-Length", "0")])
      #expect(answer.outcome == "400 invalid_json")
      let get = try await tenant.client.send(
        "GET", "/tickets", headers: [("Content-Type", "text/plain")])
      #expect(get.status == 200)
    }

    /// A valid ticket, made long by an unknown member.
    private func body(of size: Int) -> [UInt8] {
      let start = #"{"subject":"x","description":"y","createdByEmail":"a@b.example","pad":""#
      let pad = String(repeating: "x", count: size - start.utf8.count - 2)
      return Array("\(start)\(pad)\"}".utf8)
    }

    @Test("A body of exactly 1 MiB is read, one byte more is too large", arguments: [true, false])
    func size(isChunked: Bool) async throws {
      let tenant = try await Tenant.make()
      let headers = [("Content-Type", "application/json")]
      let fits = try await tenant.client.send(
        "POST", "/tickets", headers: headers, body: body(of: 1 << 20), isChunked: isChunked)
      #expect(fits.status == 201)
      let tooLarge = try await tenant.client.send(
        "POST", "/tickets", headers: headers, body: body(of: (1 << 20) + 1), isChunked: isChunked)
      #expect(tooLarge.outcome == "413 payload_too_large")
      #expect(tooLarge.header("X-RateLimit-Remaining") == "98")
      #expect(try await tenant.client.get("/tickets").json["total"] == 1)
    }

  }
}
