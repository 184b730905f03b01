import NIOSSL

/// The names that a certificate is for (RFC 9525). A common name does not count.
struct CertificateNames {
  private let addresses: [[UInt8]]
  private let names: [[UInt8]]

  init(_ certificate: NIOSSLCertificate) {
    let alternatives = certificate._subjectAlternativeNames()
    self.init(
      names: alternatives.filter { $0.nameType == .dnsName }.map { Array($0.contents) },
      addresses: alternatives.filter { $0.nameType == .ipAddress }.map { Array($0.contents) })
  }

  /// - Parameters:
  ///   - names: DNS names in ASCII, possibly with a wildcard
  ///   - addresses: in network byte order
  init(names: [[UInt8]], addresses: [[UInt8]]) {
    self.names = names.map { $0.map(Self.lowercase) }
    self.addresses = addresses
  }

  /// True if the certificate is for the host name.
  ///
  /// A wildcard stands for one whole label, the first (section 6.3). An address in the certificate proves
  /// nothing: an attacker who forges the name's DNS can have a certificate for an address of their own.
  ///
  /// - Parameter host: A DNS name in lower case. Underscores count as letters.
  func allow(_ host: String) -> Bool {
    let host = Array(host.utf8)
    let wildcard = [UInt8(ascii: "*")] + host.drop { $0 != UInt8(ascii: ".") }
    return names.contains(host) || (wildcard.count > 1 && names.contains(wildcard))
  }

  /// True if the certificate is for the address.
  func allow(_ address: IPAddress) -> Bool { addresses.contains(address.bytes) }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}

extension IPAddress {
  /// The address in network byte order.
  fileprivate var bytes: [UInt8] {
    stride(from: family.bitWidth - 8, through: 0, by: -8)
      .map { UInt8(truncatingIfNeeded: bits >> $0) }
  }
}
