import Helpdesk
import Hummingbird

/// The parameters of a list: `status`, `limit`, `offset`. Unknown ones are ignored.
struct ListQuery<Status: RawRepresentable<String> & CaseIterable> {
  var status: Status?
  var page: Page

  /// Throws an `APIError` that names every faulty parameter.
  init(_ request: Request) throws {
    var parameters = QueryParameters(request.uri.query ?? "")
    let limit = parameters.integer("limit", least: 1) ?? 50
    let offset = parameters.integer("offset", least: 0) ?? 0
    status = parameters.choice("status")
    page = Page(limit: min(limit, 100), offset: offset)
    guard parameters.faults.isEmpty else { throw APIError.invalid(parameters.faults) }
  }
}

/// The parameters of a query string, and what has been found wrong with them.
struct QueryParameters {
  private var values: [String: [String]] = [:]
  private(set) var faults: [APIError.Detail] = []

  init(_ query: String) {
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.decode(parts[0])
      values[name, default: []].append(parts.count > 1 ? Self.decode(parts[1]) : "")
    }
  }

  /// Decimal digits that give a 32-bit number from `least` up.
  mutating func integer(_ name: String, least: Int) -> Int? {
    guard let text = single(name) else { return nil }
    let isDigits = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
    let value = isDigits ? Int32(text).map(Int.init) : nil
    // A limit may be as large as it likes, so its digits are enough.
    let accepted = value ?? (isDigits && name == "limit" ? Int(Int32.max) : nil)
    guard let accepted, accepted >= least else {
      fault(name, "must be a whole number from \(least) up")
      return nil
    }
    return accepted
  }

  mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) -> Choice? {
    guard let text = single(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      fault(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    return choice
  }

  /// A place in the items of `parent`.
  mutating func cursor<Parent>(_ name: String, in parent: Identifier<Parent>) -> ItemCursor? {
    guard let text = single(name) else { return nil }
    guard let cursor = ItemCursor(text, in: parent) else {
      fault(name, "must be the nextCursor of a page of the same list")
      return nil
    }
    return cursor
  }

  private mutating func single(_ name: String) -> String? {
    guard let all = values[name] else { return nil }
    guard all.count == 1 else {
      fault(name, "must be given once")
      return nil
    }
    return all[0]
  }

  private mutating func fault(_ name: String, _ message: String) {
    faults.append(APIError.Detail(field: name, message: "\(name) \(message)"))
  }

  /// Percent-decoded (RFC 3986, 2.1); a stray `%` stands for itself.
  private static func decode(_ text: Substring) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2, let hex = String(digits),
        hex.allSatisfy(\.isHexDigit), let decoded = UInt8(hex, radix: 16)
      {
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
