import NIOHTTP1

/// An HTTP answer, and the request that it answers.
struct Answer: Sendable, CustomStringConvertible {
  let request: String
  let status: Int
  let headers: HTTPHeaders
  let body: String

  /// A header's value; nil when there is none, or more than one.
  func header(_ name: String) -> String? {
    let values = headers[name]
    return values.count == 1 ? values[0] : nil
  }

  /// The body as JSON, null when it is none.
  var json: JSON { (try? JSON(parsing: body)) ?? .null }

  /// `error.code`.
  var code: String? { json["error"]?["code"]?.string }

  /// The fields that the error blames, in order.
  var fields: [String] {
    json["error"]?["details"]?.items?.compactMap { $0["field"]?.string } ?? []
  }

  /// Status and code together, as `404 not_found`; the status alone where there is no error.
  var outcome: String { code.map { "\(status) \($0)" } ?? "\(status)" }

  var description: String {
    let fields = headers.map { "  \($0.name): \($0.value)" }.joined(separator: "\n")
    return "\(request)\n→ \(status)\n\(fields)\n  \(body.prefix(1500))"
  }
}
