import NIOCore

/// Reads only the status of an answer's head, and if the head is complete. These decide about an attempt,
/// even if the rest bends the rules and a strict parser gives up.
///
/// A head consists of lines up to an empty one. Lines end with LF, and a CR before it is ignored (RFC
/// 9112, section 2.2).
struct StatusReader {
  /// The final status, once its head is complete.
  private(set) var status: Int?
  /// The bytes are not an HTTP answer, or have two status lines.
  private var isInvalid = false

  /// True if the bytes can no longer become an answer.
  var isHopeless: Bool {
    isInvalid
      || statusSoFar == nil && line != [UInt8(ascii: "\r")]
        && !"HTTP/1.".utf8.starts(with: line.prefix(7))
  }

  /// The number of bytes that are needed to read a status line.
  private static let longestPrefix = 16

  /// The beginning of the line that is being read.
  private var line: [UInt8] = []
  /// The status of the head that is being read.
  private var statusSoFar: Int?

  /// Takes the next bytes of the connection.
  mutating func read(_ bytes: ByteBufferView) {
    for byte in bytes {
      guard status == nil, !isInvalid else { return }
      if byte == UInt8(ascii: "\n") {
        endLine()
      } else if line.count < Self.longestPrefix {
        line.append(byte)
      }
    }
  }

  private mutating func endLine() {
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    defer { line.removeAll(keepingCapacity: true) }
    switch statusSoFar {
    case nil where line.isEmpty:
      // Empty lines before a status line are skipped.
      break
    case nil:
      statusSoFar = Self.status(line)
      isInvalid = statusSoFar == nil
    case let code? where line.isEmpty:
      statusSoFar = nil
      // Informational answers precede the final one; 101 is final.
      if code >= 200 || code == 101 { status = code }
    case _? where line.starts(with: "HTTP/".utf8):
      isInvalid = true
    default: break
    }
  }

  /// The status of a line such as `HTTP/1.1 200 OK`; nil unless it is from 100 to 999.
  private static func status(_ line: [UInt8]) -> Int? {
    guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), isDigit(line[7]),
      line[8] == UInt8(ascii: " "), line[9...11].allSatisfy(isDigit), line[9] != UInt8(ascii: "0"),
      line.count == 12 || line[12] == UInt8(ascii: " ")
    else { return nil }
    return line[9...11].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
