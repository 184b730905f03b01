import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import TestSupport

/// Sends requests to one server with one key.
struct APIClient: Sendable {
  let http: HTTPClient
  /// The server, as `http://127.0.0.1:8080`.
  let origin: String
  let key: String?
  /// The beginning of every path.
  var base = "/api/external"

  /// The same server's paths from the root, as `/docs`.
  var site: APIClient { APIClient(http: http, origin: origin, key: key, base: "") }

  func get(_ path: String) async throws -> Answer { try await send("GET", path) }

  func post(_ path: String, _ body: JSON) async throws -> Answer {
    try await send("POST", path, json: body)
  }

  func patch(_ path: String, _ body: JSON) async throws -> Answer {
    try await send("PATCH", path, json: body)
  }

  func send(
    _ method: String, _ path: String, json: JSON, headers: [(String, String)] = []
  ) async throws -> Answer {
    try await send(
      method, path, headers: [("Content-Type", "application/json")] + headers,
      body: Array(json.encoded.utf8))
  }

  func send(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
    isChunked: Bool = false
  ) async throws -> Answer {
    var request = HTTPClientRequest(url: origin + base + path)
    request.method = HTTPMethod(rawValue: method)
    if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
    request.headers.add(contentsOf: headers)
    if let body {
      request.body = .bytes(body, length: isChunked ? .unknown : .known(Int64(body.count)))
    }
    let sent =
      ["\(method) \(base)\(path)"] + request.headers.map { "  \($0.name): \($0.value)" }
      + ["  \(String(decoding: (body ?? []).prefix(1500), as: UTF8.self))"]
    let response = try await http.execute(request, timeout: .seconds(30))
    let answer = Answer(
      request: sent.joined(separator: "\n"), status: Int(response.status.code),
      headers: response.headers.map { ($0.name, $0.value) },
      body: String(buffer: try await response.body.collect(upTo: 64 << 20)))
    Transcript.note(answer)
    return answer
  }
}
