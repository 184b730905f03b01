import HTTPTypes
import Hummingbird
import NIOCore

/// The fields of a form, or of a query: names may repeat.
struct Form: Sendable {
  /// Bytes. The longest form here is a few hundred.
  static let largest = 64 << 10

  private var fields: [(name: String, value: String)] = []

  init() {}

  /// Reads `application/x-www-form-urlencoded`; nil when it is not UTF-8 or holds U+0000.
  init?(parsing bytes: some Sequence<UInt8>) {
    for pair in bytes.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decode(parts[0]),
        let value = Self.decode(parts.count > 1 ? parts[1] : [])
      else { return nil }
      fields.append((name, value))
    }
  }

  /// The body of a request that must be a form.
  static func read(_ request: Request) async throws -> Form {
    let type = request.headers[.contentType]?.prefix { $0 != ";" && $0 != " " } ?? ""
    guard type.lowercased() == "application/x-www-form-urlencoded" else {
      throw PageFault.noForm
    }
    let length = request.headers[.contentLength].flatMap(Int.init)
    if let length, length > largest { throw PageFault.tooLarge }
    let buffer: ByteBuffer
    do {
      buffer = try await request.body.collect(upTo: largest)
    } catch is NIOTooManyBytesError {
      throw PageFault.tooLarge
    } catch {
      throw PageFault.noForm
    }
    // A connection given up by the server ends a body without an error.
    guard !Task.isCancelled, length == nil || length == buffer.readableBytes,
      let form = Form(parsing: buffer.readableBytesView)
    else { throw PageFault.noForm }
    return form
  }

  /// The first value of this name; empty when there is none.
  subscript(name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

  func values(_ name: String) -> [String] {
    fields.filter { $0.name == name }.map(\.value)
  }

  private static func decode(_ bytes: some Collection<UInt8>) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(hexDigit),
          let low = rest.popFirst().flatMap(hexDigit), high << 4 | low != 0
        else { return nil }
        decoded.append(high << 4 | low)
      case 0: return nil
      default: decoded.append(byte)
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
