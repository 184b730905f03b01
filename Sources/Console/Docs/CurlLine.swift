import OpenAPI
import Yams

/// An operation as a shell command, made from the description's examples.
struct CurlLine {
  let operation: DescribedOperation
  let origin: String

  /// It works when pasted if the variable `TACOHELP_KEY` contains a key and the objects with its ids
  /// exist.
  var text: String {
    var parts = ["curl"]
    let body = operation.requestExamples.first?.value
    let implied = body == nil ? "GET" : "POST"
    if operation.method != implied { parts[0] += " -X \(operation.method)" }
    parts[0] += " \(Self.quoted(origin + target))"
    if operation.scope != nil { parts.append("-H \"Authorization: Bearer $TACOHELP_KEY\"") }
    if let body {
      parts.append("-H 'Content-Type: application/json'")
      parts.append("-d \(Self.quoted(body.jsonLines().replacing("\n", with: "\n  ")))")
    }
    return parts.joined(separator: " \\\n  ")
  }

  /// The path with its examples, and every query parameter that has one.
  private var target: String {
    var target = operation.path
    var query: [String] = []
    for parameter in operation.parameters {
      guard let example = parameter["example"]?.string else { continue }
      let name = parameter.text("name")
      switch parameter.text("in") {
      case "path": target = target.replacing("{\(name)}", with: example)
      case "query": query.append("\(name)=\(example)")
      default: break
      }
    }
    return query.isEmpty ? target : "\(target)?\(query.joined(separator: "&"))"
  }

  /// In single quotes, inside which the shell changes nothing.
  private static func quoted(_ text: String) -> String {
    "'\(text.replacing("'", with: "'\\''"))'"
  }
}
