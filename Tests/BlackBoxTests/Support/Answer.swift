import TestSupport

extension Answer {
  /// The body as JSON, null when it is none.
  var json: JSON { (try? JSON(parsing: body)) ?? .null }

  /// `error.code`.
  var code: String? { json["error"]?["code"]?.string }

  /// The fields that the error blames, in order.
  var fields: [String] {
    json["error"]?["details"]?.items?.compactMap { $0["field"]?.string } ?? []
  }

  /// Status and code together, such as `404 not_found`; only the status if there is no error.
  var outcome: String { code.map { "\(status) \($0)" } ?? "\(status)" }
}
