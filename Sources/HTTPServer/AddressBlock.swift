import NIOCore

/// The addresses that count as one client: an IPv4 address, or the /64 around an IPv6 address, all of
/// which usually belong to one client.
package struct AddressBlock: Hashable, Sendable {
  private let isIPv4: Bool
  private let bits: UInt64

  /// Everything that is no IP address counts as one client together.
  init(_ address: SocketAddress?) {
    var bytes: [UInt8] = []
    // By offset: two bytes of family and two of port come first, and four of flow for IPv6.
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
}
