import Mustache

/// Values for a template, by name. A name whose value is nil counts as missing.
struct PageValues: ExpressibleByDictionaryLiteral, MustacheParent {
  private var values: [String: Any] = [:]

  init(dictionaryLiteral elements: (String, Any?)...) {
    for (name, value) in elements { values[name] = value }
  }

  subscript(name: String) -> Any? {
    get { values[name] }
    set { values[name] = newValue }
  }

  func child(named name: String) -> Any? { values[name] }
}
