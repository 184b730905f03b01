import NIOCore

/// The addresses that count as one client: an IPv4 address, or the /64 around an IPv6 address, which
/// usually belongs to one client as a whole.
package struct AddressBlock: Hashable, Sendable {
  private let isIPv4: Bool
  private let bits: UInt64

  /// Everything that is not an IP address counts as one client.
  init(_ address: SocketAddress?) {
    var bytes: [UInt8] = []
    // Read by offset: two bytes of family and two of port come first, and four of flow for IPv6.
    switch address {
    case .v4: bytes = address?.withSockAddr { Self.bytes($0, $1, 4..<8) } ?? []
    case .v6: bytes = address?.withSockAddr { Self.bytes($0, $1, 8..<24) } ?? []
    case .unixDomainSocket, nil: break
    }
    let isMapped = bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
    isIPv4 = bytes.count == 4 || isMapped
    let counted = isMapped ? bytes.suffix(4) : bytes.prefix(8)
    bits = counted.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func bytes(_ address: UnsafeRawPointer, _ length: Int, _ range: Range<Int>)
    -> [UInt8]
  {
    Array(UnsafeRawBufferPointer(start: address, count: length)[range])
  }

  package init(_ text: String?) {
    do {
      self.init(try text.map { try SocketAddress(ipAddress: $0, port: 0) })
    } catch {
      self.init(nil as SocketAddress?)
    }
  }

  /// The bits in hexadecimal: 8 digits for IPv4, 16 for IPv6.
  package var text: String {
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: (isIPv4 ? 8 : 16) - digits.count) + digits
  }

  /// The /24 of IPv4 or /48 of IPv6 around the block, in hexadecimal.
  package var network: String { String(text.prefix(isIPv4 ? 6 : 12)) }
}
