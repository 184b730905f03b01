import Glibc

/// An IPv4 or IPv6 address, without port or zone.
///
/// An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) stays an IPv6 address and is not equal to the
/// IPv4 address it embeds.
public struct IPAddress: Hashable, Sendable, LosslessStringConvertible {
  /// The two versions of the Internet Protocol.
  public enum Family: Hashable, Sendable {
    case v4, v6

    var bitWidth: Int {
      switch self {
      case .v4: 32
      case .v6: 128
      }
    }
  }

  /// The version of the protocol the address belongs to.
  public let family: Family

  /// The address as a number; the low 32 bits for IPv4.
  let bits: UInt128

  init(v4 bits: UInt32) {
    family = .v4
    self.bits = UInt128(bits)
  }

  init(v6 bits: UInt128) {
    family = .v6
    self.bits = bits
  }

  /// Reads an address in the forms that `inet_pton` accepts: four decimal numbers for IPv4, the text
  /// forms of RFC 4291 for IPv6, without brackets or a zone.
  ///
  /// The result is nil for anything else, including the short, octal and hexadecimal forms that
  /// `inet_aton` accepts.
  public init?(_ text: String) {
    // C would end the text at a NUL and accept what precedes it.
    guard !text.utf8.contains(0) else { return nil }
    var v4: UInt32 = 0
    var v6: UInt128 = 0
    if inet_pton(AF_INET, text, &v4) == 1 {
      self.init(v4: UInt32(bigEndian: v4))
    } else if inet_pton(AF_INET6, text, &v6) == 1 {
      self.init(v6: UInt128(bigEndian: v6))
    } else {
      return nil
    }
  }

  /// The address in a socket address of `length` bytes; nil for another family or a shorter one.
  ///
  /// - Parameter family: `AF_INET` or `AF_INET6`, the family that the socket address must have.
  init?(_ socketAddress: UnsafeRawPointer, family: Int32, length: socklen_t) {
    // Read by offset, since C's members belong to SwiftNIO's module wherever that is imported: two bytes
    // of family and two of port come first and, for IPv6, four of flow information.
    switch family {
    case AF_INET where length >= socklen_t(MemoryLayout<sockaddr_in>.size):
      self.init(
        v4: UInt32(bigEndian: socketAddress.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    case AF_INET6 where length >= socklen_t(MemoryLayout<sockaddr_in6>.size):
      self.init(
        v6: UInt128(bigEndian: socketAddress.loadUnaligned(fromByteOffset: 8, as: UInt128.self)))
    default:
      return nil
    }
  }

  /// The IPv4 address that an IPv4-mapped one (`::ffff:0:0/96`) embeds; nil for every other.
  public var mappedIPv4: IPAddress? {
    guard family == .v6, bits >> 32 == 0xffff else { return nil }
    return IPAddress(v4: UInt32(truncatingIfNeeded: bits))
  }

  /// The canonical text: dotted decimal, or the form of RFC 5952, in which an IPv4-mapped address has its
  /// last 32 bits in dotted decimal (section 5).
  public var description: String {
    if let mappedIPv4 { return "::ffff:\(mappedIPv4)" }
    switch family {
    case .v4:
      return stride(from: 24, through: 0, by: -8)
        .map { String(UInt8(truncatingIfNeeded: bits >> $0)) }
        .joined(separator: ".")
    case .v6:
      return Self.compressed(
        stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: bits >> $0) })
    }
  }

  /// The groups in hexadecimal, with the first of the longest runs of two or more zeros written as `::`.
  private static func compressed(_ groups: [UInt16]) -> String {
    var longest = 0..<0
    var start = 0
    for (index, group) in groups.enumerated() {
      if group != 0 {
        start = index + 1
      } else if index + 1 - start > longest.count {
        longest = start..<(index + 1)
      }
    }
    func joined(_ groups: ArraySlice<UInt16>) -> String {
      groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard longest.count > 1 else { return joined(groups[...]) }
    return joined(groups[..<longest.lowerBound]) + "::" + joined(groups[longest.upperBound...])
  }
}
