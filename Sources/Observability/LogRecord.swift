import Logging

/// One log record with its metadata merged, ready to be written as a line.
struct LogRecord {
  let time: UTCTimestamp
  let level: Logger.Level
  let message: String
  let logger: String
  let metadata: Logger.Metadata

  /// The names that ``jsonLine()`` writes itself.
  private static let reservedKeys: Set<String> = ["time", "level", "message", "logger"]

  /// The record as one line of `format`, newline included.
  func line(_ format: LogFormat) -> String {
    switch format {
    case .json: jsonLine()
    case .text: textLine()
    }
  }

  private func jsonLine() -> String {
    var line = "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"message\":"
    JSONText.append(message, to: &line)
    line += ",\"logger\":"
    JSONText.append(logger, to: &line)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      line += ","
      JSONText.append(unreserved(key), to: &line)
      line += ":"
      JSONText.append(value, to: &line)
    }
    line += "}\n"
    return line
  }

  private func unreserved(_ key: String) -> String {
    guard Self.reservedKeys.contains(key) else { return key }
    var name = key + "_"
    while metadata[name] != nil { name += "_" }
    return name
  }

  private func textLine() -> String {
    var line = "\(time) \(level.rawValue) "
    // Aligned for the common levels; the longer ones are rare and may stick out.
    for _ in 0..<max(0, 5 - level.rawValue.utf8.count) { line += " " }
    // A bare message has no `=`, so that it cannot pass for metadata.
    Self.appendText(message, allowingSpaces: true, to: &line)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      line += " "
      Self.appendText(key, allowingSpaces: false, to: &line)
      line += "="
      Self.appendText(Self.text(of: value), allowingSpaces: false, to: &line)
    }
    line += "\n"
    return line
  }

  private static func text(of value: Logger.MetadataValue) -> String {
    switch value {
    case .string(let string): return string
    case .stringConvertible(let convertible): return convertible.description
    case .dictionary, .array:
      var json = ""
      JSONText.append(value, to: &json)
      return json
    }
  }

  /// Appends a word as it is, or as a JSON string literal where it could be misread.
  private static func appendText(_ word: String, allowingSpaces: Bool, to line: inout String) {
    let isBare =
      !word.isEmpty
      && word.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "\"", "\\", "=": false
        case _ where scalar.properties.isWhitespace && scalar != " ": false
        case " ": allowingSpaces
        default: !JSONText.isControl(scalar)
        }
      }
    if isBare {
      line += word
    } else {
      JSONText.append(word, to: &line)
    }
  }
}
