import Testing

/// A body with a fault, and the fields that must be blamed.
struct Fault: Sendable, CustomTestStringConvertible {
  let operation: Operation
  let changes: JSON
  let absent: [String]
  let fields: [String]

  init(
    _ operation: Operation, _ changes: JSON = [:], without absent: [String] = [],
    blames fields: String...
  ) {
    self.operation = operation
    self.changes = changes
    self.absent = absent
    self.fields = fields
  }

  /// The operation's valid body with the fault in it.
  func body(_ subjects: Subjects) -> JSON {
    guard case .object(var members) = operation.body(subjects), case .object(let changed) = changes
    else { return .null }
    for name in absent { members[name] = nil }
    return .object(members.merging(changed) { $1 })
  }

  var testDescription: String {
    "\(operation) \(String(changes.encoded.prefix(60)))"
      + (absent.isEmpty ? "" : " without \(absent.joined(separator: ", "))")
  }

  /// The faults of any text that may have `most` code points.
  static func texts(_ operation: Operation, _ name: String, most: Int) -> [Fault] {
    let wrong: [JSON] = [
      .null, 1, true, [], ["x": "y"], "", " \t\n", "\u{a0}\u{3000}\u{2003}", "a\0b",
      .string(String(repeating: "x", count: most + 1)),
      .string(String(repeating: "😀", count: most + 1)),
      .string(String(repeating: "e\u{301}", count: most / 2) + "xx"),
    ]
    return wrong.map { Fault(operation, .object([name: $0]), blames: name) }
      + [Fault(operation, without: [name], blames: name)]
  }

  /// The faults of any e-mail address. A blank one counts as absent.
  static func emails(_ operation: Operation, _ name: String, isRequired: Bool = true) -> [Fault] {
    let local = String(repeating: "a", count: 255 - "@example.com".count)
    let blank: [JSON] = isRequired ? ["", " "] : []
    let wrong: [JSON] = [
      1, ["a@b.example"], "nobody", "@example.com", "a@", "a@example", "a@@example.com",
      "a@b@example.com", "a b@example.com", "a@exa mple.com", "a@.com", "a@example.", "a@a..com",
      "a\u{a0}b@example.com", "a\0@example.com", "<a@x.example>", "mailto:a@x.example",
      "a\u{200b}@x.example", "a@x.example\u{feff}", .string("\(local)@example.com"),
    ]
    return (blank + wrong).map { Fault(operation, .object([name: $0]), blames: name) }
  }

  /// The faults of a value that has to be one of a few words.
  static func words(_ operation: Operation, _ name: String, _ wrong: JSON...) -> [Fault] {
    (wrong + ["", 1, [], "nonsense", "a\0b"]).map {
      Fault(operation, .object([name: $0]), blames: name)
    }
  }

  /// The faults of tags.
  static func tags(_ operation: Operation) -> [Fault] {
    let tooMany = JSON.array((1...21).map { "tag \($0)" })
    let tooLong = JSON.string(String(repeating: "é", count: 51))
    return [
      Fault(operation, ["tags": "bug"], blames: "tags"),
      Fault(operation, ["tags": 1], blames: "tags"),
      Fault(operation, ["tags": ["a": "b"]], blames: "tags"),
      Fault(operation, ["tags": tooMany], blames: "tags"),
      Fault(operation, ["tags": ["a", "b", "c", 4]], blames: "tags[3]"),
      Fault(operation, ["tags": ["a", nil]], blames: "tags[1]"),
      Fault(operation, ["tags": [" "]], blames: "tags[0]"),
      Fault(operation, ["tags": ["a", tooLong, "a\0"]], blames: "tags[1]", "tags[2]"),
      Fault(
        operation, ["tags": ["", 1, nil, ["x"], ["y": 1], true]], blames: "tags[0]", "tags[1]",
        "tags[2]", "tags[3]", "tags[4]", "tags[5]"),
    ]
  }
}
