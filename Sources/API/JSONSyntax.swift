/// Checks that bytes are one JSON text (RFC 8259) and nothing else. By hand, since JSONDecoder looks
/// only at the members it is asked for and lets the rest be malformed.
struct JSONSyntax<Bytes: RandomAccessCollection<UInt8>> {
  private let bytes: Bytes
  private var at: Bytes.Index
  private var depth = 0

  /// - Parameter deepest: how many arrays and objects may be nested in each other
  static func isValid(_ bytes: Bytes, deepest: Int = 128) -> Bool {
    var syntax = JSONSyntax(bytes)
    return syntax.value(deepest) && syntax.skipSpace() == nil
  }

  private init(_ bytes: Bytes) {
    self.bytes = bytes
    at = bytes.startIndex
  }

  private var next: UInt8? { at < bytes.endIndex ? bytes[at] : nil }

  private mutating func advance() { bytes.formIndex(after: &at) }

  /// The first byte that is no white space, if one is left.
  private mutating func skipSpace() -> UInt8? {
    while let byte = next {
      guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
      advance()
    }
    return nil
  }

  private mutating func take(_ word: StaticString) -> Bool {
    word.withUTF8Buffer { word in
      for byte in word {
        guard next == byte else { return false }
        advance()
      }
      return true
    }
  }

  private mutating func value(_ deepest: Int) -> Bool {
    switch skipSpace() {
    case UInt8(ascii: "{"): return nested(deepest) { $0.members(deepest) }
    case UInt8(ascii: "["): return nested(deepest) { $0.elements(deepest) }
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "t"): return take("true")
    case UInt8(ascii: "f"): return take("false")
    case UInt8(ascii: "n"): return take("null")
    default: return number()
    }
  }

  private mutating func nested(_ deepest: Int, _ body: (inout Self) -> Bool) -> Bool {
    advance()
    depth += 1
    defer { depth -= 1 }
    return depth <= deepest && body(&self)
  }

  private mutating func members(_ deepest: Int) -> Bool {
    if skipSpace() == UInt8(ascii: "}") { return take("}") }
    repeat {
      guard skipSpace() == UInt8(ascii: "\""), string(), skipSpace() != nil, take(":"),
        value(deepest), skipSpace() != nil
      else { return false }
    } while take(",")
    return take("}")
  }

  private mutating func elements(_ deepest: Int) -> Bool {
    if skipSpace() == UInt8(ascii: "]") { return take("]") }
    repeat {
      guard value(deepest), skipSpace() != nil else { return false }
    } while take(",")
    return take("]")
  }

  private mutating func string() -> Bool {
    advance()
    while let byte = next {
      advance()
      switch byte {
      case UInt8(ascii: "\""): return true
      case UInt8(ascii: "\\"): guard escape() else { return false }
      case 0..<0x20: return false
      default: continue
      }
    }
    return false
  }

  /// What follows a backslash. A surrogate must have its other half: alone it is no character.
  private mutating func escape() -> Bool {
    guard let byte = next else { return false }
    advance()
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return true
    case UInt8(ascii: "u"):
      guard let unit = codeUnit() else { return false }
      if (0xd800..<0xdc00).contains(unit) {
        guard take("\\u"), let low = codeUnit() else { return false }
        return (0xdc00..<0xe000).contains(low)
      }
      return !(0xdc00..<0xe000).contains(unit)
    default:
      return false
    }
  }

  private mutating func codeUnit() -> UInt16? {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80
      else { return nil }
      unit = unit << 4 | UInt16(digit)
      advance()
    }
    return unit
  }

  private mutating func number() -> Bool {
    _ = take("-")
    if !take("0") { guard digits() else { return false } }
    if take(".") { guard digits() else { return false } }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      return digits()
    }
    return true
  }

  private mutating func digits() -> Bool {
    var found = false
    while let byte = next, (0x30...0x39).contains(byte) {
      advance()
      found = true
    }
    return found
  }
}
