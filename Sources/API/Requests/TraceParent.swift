/// The header `traceparent` (W3C Trace Context, 3.2): version, trace id, parent id and flags in
/// lower-case hexadecimal, such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
enum TraceParent {
  private static let lengths = [2, 32, 16, 2]

  static func isValid(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == lengths, !parts[0].elementsEqual("ff".utf8) else { return false }
    let zero = UInt8(ascii: "0")
    return parts.allSatisfy { $0.allSatisfy(isDigit) }
      && parts[1].contains { $0 != zero } && parts[2].contains { $0 != zero }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
