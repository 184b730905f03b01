import HTTPServer
import Helpdesk

/// The parameters of a query string, and their faults.
struct QueryParameters {
  private let query: Form
  private(set) var faults: [APIError.Detail] = []

  init(_ query: String) { self.query = Form(lenient: query) }

  /// Decimal digits of a 32-bit number that is at least `least`.
  mutating func integer(_ name: String, least: Int) -> Int? {
    guard let text = single(name) else { return nil }
    let isDigits = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
    let value = isDigits ? Int32(text).map(Int.init) : nil
    // Any number is a valid limit, so its digits are enough.
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

  /// A position in the items of `parent`.
  mutating func cursor<Parent>(_ name: String, in parent: Identifier<Parent>) -> ItemCursor? {
    guard let text = single(name) else { return nil }
    guard let cursor = ItemCursor(text, in: parent) else {
      fault(name, "must be the nextCursor of a page of the same list")
      return nil
    }
    return cursor
  }

  private mutating func single(_ name: String) -> String? {
    let all = query.values(name)
    if all.count > 1 { fault(name, "must be given once") }
    return all.count == 1 ? all[0] : nil
  }

  private mutating func fault(_ name: String, _ message: String) {
    faults.append(APIError.Detail(field: name, message: "\(name) \(message)"))
  }
}
