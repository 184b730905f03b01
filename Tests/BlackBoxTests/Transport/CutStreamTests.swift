import TestSupport
import Testing

extension TacoHelp {
  /// Random streams of requests, from a seed that a failure prints.
  @Suite("Streams cut anywhere") struct CutStreamTests {
    /// An answer without the ids and times that differ from run to run.
    private static func gist(_ answer: Answer) -> String {
      let headers = ["X-Request-Id", "Content-Type", "Content-Length", "Allow", "Connection"]
        .map { "\($0): \(answer.header($0) ?? "none")" }
      let body = answer.body.replacing(/c[a-z0-9]{24}/, with: "ID")
        .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, with: "MOMENT")
      return "\(answer.status)\n\(headers.joined(separator: "\n"))\n\(body)"
    }

    /// A request of some kind; `{key}` and `{ticket}` stand for values that differ from run to run.
    private func message(_ index: Int, _ generator: inout SeededGenerator) -> String {
      func head(_ line: String, _ more: String = "", key: Bool = true) -> String {
        "\(line) HTTP/1.1\r\nHost: taco\r\nX-Request-Id: number-\(index)\r\n"
          + (key ? "Authorization: Bearer {key}\r\n" : "") + "\(more)\r\n"
      }
      func with(_ line: String, _ body: String, _ more: String = "") -> String {
        guard Bool.random(using: &generator) else {
          return head(line, "\(more)Content-Length: \(body.utf8.count)\r\n") + body
        }
        var (rest, chunks) = (body[...], "")
        while !rest.isEmpty {
          let chunk = rest.prefix(Int.random(in: 1...(1 + body.count / 3), using: &generator))
          let size = String(chunk.utf8.count, radix: 16)
          chunks += "\(size)\(generator.pick(["", ";a=b", ";a"]))\r\n\(chunk)\r\n"
          rest = rest.dropFirst(chunk.count)
        }
        return head(line, "\(more)Transfer-Encoding: chunked\r\n")
          + "\(chunks)0\r\n\(generator.pick(["", "X-Trailer: y\r\n"]))\r\n"
      }
      let conversations = "POST /api/external/chat/conversations"
      let name = JSON.string(generator.text(0...40)).encoded
      switch Int.random(in: 0...14, using: &generator) {
      case 0: return head("GET /api/external/tickets/{ticket}")
      case 1: return head("HEAD /api/external/tickets/{ticket}")
      case 2: return head("GET /api/external/tickets?limit=\(index)&offset=x")
      case 3: return head("GET /api/external/tickets/c00000000000000000000000\(index % 10)")
      case 4: return head("GET /api/external/nothing/\(index)")
      case 5: return head("DELETE /api/external/tickets")
      case 6: return head("GET /api/external/tickets", key: false)
      case 7: return head("HEAD /healthz")
      case 8: return head("GET /api/external/chat/conversations?limit=3")
      case 9: return with(conversations, #"{"visitorName":\#(name)}"#)
      case 10:
        let json = generator.spoiled(#"{"visitorName":"Sam"}"#, 1...2, with: "{}\":,\\0")
        return with(conversations, json)
      case 11: return with(conversations, "visitorName=Sam", "Content-Type: text/plain\r\n")
      case 12:
        let length = Int.random(in: 60_000...200_000, using: &generator)
        let padding = String(repeating: "x", count: length)
        return with(conversations, #"{"visitorName":\#(name),"padding":"\#(padding)"}"#)
      case 13:
        let priority = generator.pick(["LOW", "HIGH", "URGENT", "NONE"])
        return with("PATCH /api/external/tickets/{ticket}", #"{"priority":"\#(priority)"}"#)
      default:
        let content = JSON.string(generator.text(1...400)).encoded
        return with(
          "POST /api/external/tickets/{ticket}/comments",
          #"{"content":\#(content),"authorEmail":"dev@example.com"}"#)
      }
    }

    /// Sends the requests in pieces of any length, and reads what is owed before some of them.
    private func sendCut(
      _ requests: [String], over connection: RawConnection, _ generator: inout SeededGenerator
    ) async throws -> [Answer] {
      let bytes = Array(requests.joined().utf8)
      var end = 0
      let ends = requests.map { request in
        end += request.utf8.count
        return end
      }
      var (sent, answers): (Int, [Answer]) = (0, [])
      while answers.count < requests.count {
        let most = [3, 60, 1500, 40_000].randomElement(using: &generator) ?? 1
        let piece = bytes[sent...].prefix(Int.random(in: 1...most, using: &generator))
        try await connection.send(Array(piece))
        sent += piece.count
        guard sent == bytes.count || Int.random(in: 0...3, using: &generator) == 0 else { continue }
        while answers.count < requests.count, ends[answers.count] <= sent {
          let isHead = requests[answers.count].hasPrefix("HEAD ")
          answers.append(try await connection.answer(isHead: isHead))
        }
      }
      return answers
    }

    @Test(
      "Pipelined requests in pieces cut anywhere are answered as if each had come alone",
      arguments: 0..<6)
    func cuts(stream: Int) async throws {
      var generator = SeededGenerator(seed: SeededGenerator.seed &+ UInt64(stream))
      let messages = (0..<60).map { message($0, &generator) }
      let (one, other) = (
        try await Tenant.make(rateLimit: 1000), try await Tenant.make(rateLimit: 1000)
      )
      func requests(_ tenant: Tenant) async throws -> [String] {
        let ticket = try await tenant.makeTicket().id
        return messages.map {
          $0.replacing("{key}", with: tenant.key).replacing("{ticket}", with: ticket)
        }
      }
      var expected: [Answer] = []
      for request in try await requests(one) {
        expected.append(try await one.stage.server.connect().exchange(request))
      }
      #expect(Set(expected.map(\.status)).isSuperset(of: [200, 201, 400, 404]))
      let connection = try other.stage.server.connect()
      let answers = try await sendCut(try await requests(other), over: connection, &generator)
      for (index, pair) in zip(answers, expected).enumerated() {
        #expect(
          Self.gist(pair.0) == Self.gist(pair.1),
          "seed \(SeededGenerator.seed), stream \(stream), request \(index)")
      }
      connection.finishSending()
      #expect(try await connection.waitForClose() == "")
    }
  }
}
