import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Speaks to one server with one key.
struct APIClient: Sendable {
  let http: HTTPClient
  /// The server, as `http://127.0.0.1:8080`.
  var origin: String
  var key: String?
  var timeout = TimeAmount.seconds(30)
  /// The beginning of every path.
  var base = Self.api

  static let api = "/api/external"

  /// The same server's paths from the root, as `/docs`.
  var site: APIClient {
    var client = self
    client.base = ""
    return client
  }

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
    let target = base + path
    var request = HTTPClientRequest(url: origin + target)
    request.method = HTTPMethod(rawValue: method)
    if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body {
      request.body =
        isChunked ? .bytes(body, length: .unknown) : .bytes(body, length: .known(Int64(body.count)))
    }
    let sent =
      request.headers.map { "  \($0.name): \($0.value)" }
      + (body.map { ["  \(String(decoding: $0.prefix(1500), as: UTF8.self))"] } ?? [])
    let response = try await http.execute(request, timeout: timeout)
    let answer = Answer(
      request: "\(method) \(target)\n\(sent.joined(separator: "\n"))",
      status: Int(response.status.code), headers: response.headers,
      body: String(buffer: try await response.body.collect(upTo: 64 << 20)))
    Transcript.note(answer)
    return answer
  }
}
