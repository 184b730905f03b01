/// An HTTP answer, and the request that it answers.
public struct Answer: Sendable, CustomStringConvertible {
  public let request: String
  public let status: Int
  /// In their order.
  public let headers: [(name: String, value: String)]
  public let body: String

  public init(
    request: String, status: Int, headers: [(name: String, value: String)], body: String
  ) {
    (self.request, self.status, self.headers, self.body) = (request, status, headers, body)
  }

  /// The values of the headers of this name.
  public func headers(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  /// A header's value; nil when there is none, or more than one.
  public func header(_ name: String) -> String? {
    let values = headers(name)
    return values.count == 1 ? values[0] : nil
  }

  public var description: String {
    let fields = headers.map { "  \($0.name): \($0.value)" }.joined(separator: "\n")
    return "\(request)\n→ \(status)\n\(fields)\n  \(body.prefix(1500))"
  }
}
