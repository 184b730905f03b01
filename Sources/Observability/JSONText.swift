import Logging

/// Appends JSON (RFC 8259) to a string.
enum JSONText {
  /// Appends a string literal with its quotes.
  ///
  /// Beyond what JSON requires, DEL, the C1 controls and the Unicode line separators are escaped too, so
  /// that neither a terminal nor a line-based viewer acts on them.
  static func append(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where isControl(scalar): appendEscape(scalar.value, to: &text)
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }

  /// Appends a metadata value: objects (keys sorted) and arrays nested; `stringConvertible` integers,
  /// finite floating-point numbers and booleans unquoted; everything else as a string.
  static func append(_ value: Logger.MetadataValue, to text: inout String) {
    switch value {
    case .string(let string): append(string, to: &text)
    case .stringConvertible(let convertible): append(convertible: convertible, to: &text)
    case .dictionary(let dictionary):
      text += "{"
      var separator = ""
      for (key, value) in dictionary.sorted(by: { $0.key < $1.key }) {
        text += separator
        append(key, to: &text)
        text += ":"
        append(value, to: &text)
        separator = ","
      }
      text += "}"
    case .array(let values):
      text += "["
      var separator = ""
      for value in values {
        text += separator
        append(value, to: &text)
        separator = ","
      }
      text += "]"
    }
  }

  /// True if a character could end a line or control a terminal.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    default: false
    }
  }

  private static func append(
    convertible: any CustomStringConvertible & Sendable, to text: inout String
  ) {
    switch convertible {
    case let flag as Bool: text += flag ? "true" : "false"
    case let integer as any FixedWidthInteger: text += String(integer)
    case let number as Double where number.isFinite: text += number.description
    case let number as Float where number.isFinite: text += number.description
    default: append(convertible.description, to: &text)
    }
  }

  private static func appendEscape(_ value: UInt32, to text: inout String) {
    let digits = String(value, radix: 16)
    text += "\\u"
    for _ in 0..<max(0, 4 - digits.utf8.count) { text += "0" }
    text += digits
  }
}
