/// Where finished log lines go.
public protocol LogDestination: Sendable {
  /// Takes one finished record.
  ///
  /// Called from any thread, also at the same time; a failure is the destination's to swallow,
  /// since logging never throws.
  ///
  /// - Parameter line: one record with its ending newline, which is the only newline in it.
  func emit(_ line: String)
}
