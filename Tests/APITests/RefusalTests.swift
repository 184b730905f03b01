import NIOHTTP1
import Testing

@testable import API

@Suite struct RefusalTests {
  private func status(_ version: HTTPVersion, _ headers: [(String, String)]) -> UInt? {
    Refusal(
      HTTPRequestHead(version: version, method: .GET, uri: "/", headers: HTTPHeaders(headers))
    )
    .map { $0.status.code }
  }

  @Test(
    "heads that RFC 9112 forbids are refused",
    arguments: [
      (HTTPVersion.http1_1, [("Host", "a")], nil), (.http1_0, [], nil), (.http1_1, [], 400),
      (.http1_1, [("Host", "a"), ("Host", "a")], 400), (.http1_1, [("Host", "a b")], 400),
      (.http1_1, [("Host", "")], nil), (.init(major: 2, minor: 0), [("Host", "a")], 505),
      (.http1_1, [("Host", "a"), ("Transfer-Encoding", "chunked")], nil),
      (.http1_1, [("Host", "a"), ("Transfer-Encoding", "Chunked")], nil),
      (.http1_1, [("Host", "a"), ("Transfer-Encoding", "gzip, chunked")], 501),
      (.http1_1, [("Host", "a"), ("Transfer-Encoding", "gzip")], 501),
      (.http1_1, [("Host", "a"), ("Transfer-Encoding", "chunked"), ("Content-Length", "3")], 400),
      (.http1_0, [("Transfer-Encoding", "chunked")], 400),
    ] as [(HTTPVersion, [(String, String)], UInt?)])
  func heads(version: HTTPVersion, headers: [(String, String)], expected: UInt?) {
    #expect(status(version, headers) == expected)
  }
}
