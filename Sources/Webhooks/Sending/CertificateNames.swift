import NIOSSL

/// The names a certificate is for.
struct CertificateNames {
  private var addresses: [[UInt8]] = []
  private var names: [String] = []

  init(_ certificate: NIOSSLCertificate) {
    for name in certificate._subjectAlternativeNames() {
      switch name.nameType {
      case .dnsName: names.append(String(decoding: name.contents, as: UTF8.self).lowercased())
      case .ipAddress: addresses.append(Array(name.contents))
      default: break
      }
    }
  }

  /// Whether a certificate that NIOSSL has accepted is for the host name.
  ///
  /// NIOSSL also accepts a certificate for the address that is connected to, which is no proof
  /// of the name: whoever forges the name's DNS can have one for an address of his own.
  ///
  /// - Parameter host: A DNS name in lower case.
  func allow(_ host: String, at address: IPAddress) -> Bool {
    guard addresses.contains(address.bytes) else { return true }
    let rest = host.drop { $0 != "." }
    return names.contains(host) || (!rest.isEmpty && names.contains("*" + rest))
  }
}

extension IPAddress {
  /// The address in network byte order.
  fileprivate var bytes: [UInt8] {
    stride(from: family.bitWidth - 8, through: 0, by: -8)
      .map { UInt8(truncatingIfNeeded: bits >> $0) }
  }
}
