/// JSON whose members keep their order, which readers of a description see. `JSONDecoder` loses it.
enum JSONValue: Sendable, Equatable {
  struct Member: Sendable, Equatable {
    var name: String
    var value: JSONValue
  }

  case null
  case bool(Bool)
  /// As it was written.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// The first member of this name.
  subscript(name: String) -> JSONValue? { members.first { $0.name == name }?.value }

  var members: [Member] { if case .object(let members) = self { members } else { [] } }
  var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
  var string: String? { if case .string(let text) = self { text } else { nil } }

  /// A number or string as it is written in a URL or in words, `true`, `false` or `null`.
  var word: String? {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let text), .string(let text): text
    case .array, .object: nil
    }
  }
}

extension JSONValue {
  /// In one line, with spaces after colons and commas.
  var line: String {
    switch self {
    case .null, .bool, .number: word ?? ""
    case .string(let text): Self.quoted(text)
    case .array(let items): "[\(items.map(\.line).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.map { "\(Self.quoted($0.name)): \($0.value.line)" }.joined(separator: ", "))}"
    }
  }

  /// In lines, two spaces deeper at each level; what fits in `width` stays in one.
  func lines(width: Int = 64) -> String {
    let line = line
    if line.count <= width { return line }
    let parts: [String]
    let brackets: (String, String)
    switch self {
    case .array(let items):
      parts = items.map { $0.lines(width: width - 2) }
      brackets = ("[", "]")
    case .object(let members):
      parts = members.map { "\(Self.quoted($0.name)): \($0.value.lines(width: width - 2))" }
      brackets = ("{", "}")
    case .null, .bool, .number, .string: return line
    }
    let indented = parts.map { "  " + $0.replacing("\n", with: "\n  ") }
    return "\(brackets.0)\n\(indented.joined(separator: ",\n"))\n\(brackets.1)"
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\0"..." ":
        if scalar == " " {
          quoted += " "
        } else {
          let hex = String(scalar.value, radix: 16)
          quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
