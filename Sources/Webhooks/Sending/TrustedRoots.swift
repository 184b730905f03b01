import NIOCore
import NIOSSL

/// The reason why the file of additional certificate authorities cannot be used.
enum TrustedRootsError: Error, Equatable, CustomStringConvertible {
  /// No certificates can be read from the file at this path.
  case unusable(String)
  /// TLS cannot be set up with the certificates of the file at this path.
  case rejected(String)

  var description: String {
    switch self {
    case .unusable(let path): "no certificates in PEM format can be read from \"\(path)\""
    case .rejected(let path): "the certificates in \"\(path)\" cannot be used"
    }
  }
}

/// The certificate authorities that webhooks trust.
struct TrustedRoots {
  private let additional: [NIOSSLCertificate]
  private let path: String

  /// The system's, and those in the PEM file at `path`.
  init(additional path: String?) throws(TrustedRootsError) {
    self.path = path ?? ""
    do {
      additional = try path.map(NIOSSLCertificate.fromPEMFile) ?? []
    } catch {
      throw .unusable(self.path)
    }
  }

  /// The TLS context of every connection: TLS 1.2 or later, with the peer's certificate verified.
  /// ``ConnectionHandler`` checks the certificate's name: NIOSSL would accept a common name, or an
  /// address in place of the name, and does not accept an underscore.
  ///
  /// On a system without certificate authorities, only the additional ones are trusted.
  func makeContext() throws(TrustedRootsError) -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.certificateVerification = .noHostnameVerification
    configuration.applicationProtocols = ["http/1.1"]
    // The time for a peer to answer the TLS close of an idle connection.
    configuration.shutdownTimeout = .seconds(1)
    configuration.additionalTrustRoots = [.certificates(additional)]
    if let context = try? NIOSSLContext(configuration: configuration) { return context }
    configuration.trustRoots = .certificates([])
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw .rejected(path)
    }
  }
}
