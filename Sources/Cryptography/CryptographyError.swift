import COpenSSL

/// A failure of a cryptographic operation.
public enum CryptographyError: Error, Equatable, Sendable {
  /// OpenSSL refused or failed an operation.
  ///
  /// `operation` is the name of the OpenSSL function, such as `RAND_bytes_ex`. `reason` is OpenSSL's text
  /// for the newest entry in the thread's error queue, such as `unsupported`.
  case openSSL(operation: String, reason: String)

  /// A number of bytes lies outside what the operation accepts.
  case countOutOfRange(count: Int, accepted: ClosedRange<Int>)

  /// A sealed message does not open: it was sealed with another key or context, or was changed.
  case notAuthentic
}

extension CryptographyError: CustomStringConvertible {
  /// One line for a log: what failed, and why. It never holds keys or messages.
  public var description: String {
    switch self {
    case .openSSL(let operation, let reason):
      "\(operation) failed: \(reason)"
    case .countOutOfRange(let count, let accepted):
      "\(count) bytes asked for, \(accepted.lowerBound) to \(accepted.upperBound) accepted"
    case .notAuthentic:
      "it was sealed with another key, for another place, or was changed"
    }
  }
}

extension CryptographyError {
  /// The error of an OpenSSL function that has just failed on this thread.
  ///
  /// Empties the thread's error queue, so that a later failure cannot report this one's reason.
  static func lastOpenSSLError(from operation: String) -> CryptographyError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    return .openSSL(operation: operation, reason: reason(of: code))
  }

  private static func reason(of code: UInt) -> String {
    guard code != 0 else { return "no reason given" }
    if let text = ERR_reason_error_string(code) { return String(cString: text) }
    // Errors of the operating system have no reason string, only a complete error line, which
    // OpenSSL's manual bounds at 256 characters with its terminating zero.
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { line in
      guard let start = line.baseAddress else { return "error \(code)" }
      ERR_error_string_n(code, start, line.count)
      return String(cString: start)
    }
  }
}
