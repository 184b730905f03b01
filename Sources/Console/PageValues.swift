import Mustache

/// Values for a template, by name. A name with nil is as one that is not there.
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
