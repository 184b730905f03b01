/// The reason why bytes are not a JSON text that the API accepts.
enum JSONFault: Error, Equatable {
  /// They do not follow the grammar of RFC 8259, or are nested too deeply.
  case syntax
  /// A `\u` escape of one half of a surrogate pair without the other half.
  case loneSurrogate
  /// A member that an object has twice: parsers differ in which one counts (RFC 8259, section 4).
  case repeatedMember(String)
}

/// Checks that bytes are exactly one JSON text (RFC 8259) in which no object has a member twice. Written
/// by hand, since JSONDecoder checks only the members that it is asked for.
struct JSONSyntax<Bytes: RandomAccessCollection<UInt8>> {
  private let bytes: Bytes
  private var at: Bytes.Index
  private var depth = 0
  /// A fault that is more specific than a wrong character.
  private var fault: JSONFault?

  /// - Parameters:
  ///   - bytes: UTF-8
  ///   - deepest: how many arrays and objects may be nested in each other
  static func check(_ bytes: Bytes, deepest: Int = 128) throws(JSONFault) {
    var syntax = JSONSyntax(bytes)
    let isValid = syntax.value(deepest) && syntax.skipSpace() == nil
    if !isValid { throw syntax.fault ?? .syntax }
  }

  private init(_ bytes: Bytes) {
    self.bytes = bytes
    at = bytes.startIndex
  }

  private var next: UInt8? { at < bytes.endIndex ? bytes[at] : nil }

  private mutating func advance() { bytes.formIndex(after: &at) }

  /// The next byte that is not white space, if there is one.
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
    var names = MemberNames<Slice<Bytes>>()
    repeat {
      guard skipSpace() == UInt8(ascii: "\"") else { return false }
      let start = at
      guard string() else { return false }
      let name = Slice(base: bytes, bounds: start..<at).dropFirst().dropLast()
      guard names.insert(name) else {
        let text = MemberNames.unescaped(name)
        fault = .repeatedMember(String(decoding: text, as: UTF8.self))
        return false
      }
      guard skipSpace() != nil, take(":"), value(deepest), skipSpace() != nil else { return false }
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

  /// Reads what follows a backslash. A surrogate must have its other half: alone, it is not a character.
  private mutating func escape() -> Bool {
    guard let byte = next else { return false }
    advance()
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return true
    case UInt8(ascii: "u"):
      guard let unit = codeUnit() else { return false }
      guard UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit) else { return true }
      if UTF16.isLeadSurrogate(unit), take("\\u"), let low = codeUnit(),
        UTF16.isTrailSurrogate(low)
      {
        return true
      }
      fault = .loneSurrogate
      return false
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

/// The names of an object's members, for finding one that occurs twice.
private struct MemberNames<Name: Collection<UInt8>> {
  /// This many are compared one by one, which costs less than a set.
  private static var few: Int { 16 }

  private var list: [Name] = []
  /// All names, if there are many or one has an escape.
  private var set: Set<[UInt8]> = []

  /// Records a name.
  /// - Parameter name: the text between the quotation marks, which is valid
  /// - Returns: true if it is new
  mutating func insert(_ name: Name) -> Bool {
    guard set.isEmpty, list.count < Self.few, !name.contains(UInt8(ascii: "\\")) else {
      if set.isEmpty { set = Set(list.map { Array($0) }) }
      return set.insert(Self.unescaped(name)).inserted
    }
    guard !list.contains(where: { $0.elementsEqual(name) }) else { return false }
    list.append(name)
    return true
  }

  /// The name's characters, in UTF-8.
  static func unescaped(_ name: Name) -> [UInt8] {
    var (result, rest) = ([UInt8](), name[...])
    func unit() -> UInt16 {
      let digits = String(decoding: rest.prefix(4), as: UTF8.self)
      rest = rest.dropFirst(4)
      return UInt16(digits, radix: 16) ?? 0
    }
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
        result.append(byte)
        continue
      }
      switch escape {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0c)
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "r"): result.append(0x0d)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"):
        var units = [unit()]
        if UTF16.isLeadSurrogate(units[0]) {
          rest = rest.dropFirst(2)
          units.append(unit())
        }
        result += String(decoding: units, as: UTF16.self).utf8
      default: result.append(escape)
      }
    }
    return result
  }
}
