package import Yams

extension Node {
  /// The node as JSON in one line, with a space after each colon and comma.
  package var json: String {
    switch self {
    case .scalar(let scalar): Self.json(scalar)
    case .sequence(let items): "[\(items.map(\.json).joined(separator: ", "))]"
    case .mapping(let members):
      "{\(members.map { "\(Self.quoted($0.key)): \($0.value.json)" }.joined(separator: ", "))}"
    case .alias: "null"
    }
  }

  /// The node as JSON with one member or element per line, indented by two spaces per level. What fits in
  /// `width` stays on one line.
  package func jsonLines(width: Int = 64) -> String {
    let line = json
    if line.unicodeScalars.count <= width { return line }
    let parts: [String]
    let brackets: (String, String)
    switch self {
    case .sequence(let items):
      parts = items.map { $0.jsonLines(width: width - 2) }
      brackets = ("[", "]")
    case .mapping(let members):
      parts = members.map { "\(Self.quoted($0.key)): \($0.value.jsonLines(width: width - 2))" }
      brackets = ("{", "}")
    case .scalar, .alias: return line
    }
    let indented = parts.map { "  " + $0.replacing("\n", with: "\n  ") }
    return "\(brackets.0)\n\(indented.joined(separator: ",\n"))\n\(brackets.1)"
  }

  private static func json(_ scalar: Scalar) -> String {
    let text = scalar.string
    return scalar.style == .plain && (["null", "true", "false"].contains(text) || isNumber(text))
      ? text : quoted(text)
  }

  /// True for numbers in JSON. Also for `01` and `1.`, which `openapi.yaml` does not have.
  private static func isNumber(_ text: String) -> Bool {
    text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } && Double(text) != nil
  }

  private static func quoted(_ key: Node) -> String { quoted(key.string ?? "") }

  /// A JSON string (RFC 8259, 7).
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\0"..<" ":
        let hex = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
