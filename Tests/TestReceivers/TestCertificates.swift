import Foundation
public import NIOSSL
import TestSupport

/// A certificate authority and the certificates that it has issued, made by the `openssl` command for
/// this run.
public struct TestCertificates: Sendable {
  /// A certificate and its key.
  public struct Identity: Sendable {
    public let certificate: String
    public let key: String

    public func serverConfiguration() throws -> TLSConfiguration {
      TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
    }
  }

  /// The path of the authority's certificate.
  public let authority: String
  /// Valid for `hooks.example.com`.
  public let good: Identity
  /// For `hooks.example.com`, until yesterday.
  public let expired: Identity
  /// For `other.example.com`.
  public let otherName: Identity
  /// For `hooks.example.com`, issued by itself.
  public let selfSigned: Identity
  /// For the address 127.0.0.1.
  public let address: Identity
  /// For `my_hooks.example.com`.
  public let underscore: Identity
  /// For `*.example.com`.
  public let wildcard: Identity
  /// A certificate whose common name is `hooks.example.com`, without any other name.
  public let commonName: Identity
  /// For `hooks.example.com`, issued by an intermediate authority whose certificate is sent along.
  public let intermediate: Identity
  /// The same, but the intermediate certificate has expired.
  public let expiredIntermediate: Identity
  /// The same, but the intermediate certificate is not sent.
  public let missingIntermediate: Identity

  public static var shared: TestCertificates {
    get async throws { try await making.value }
  }

  // Made once, in a task that everybody who waits for it shares.
  private static let making = Task {
    let maker = try CertificateMaker()
    return TestCertificates(
      authority: try await maker.selfSigned("authority").certificate,
      good: try await maker.issue("good", for: "DNS:hooks.example.com"),
      expired: try await maker.issue("expired", for: "DNS:hooks.example.com", days: -1),
      otherName: try await maker.issue("other", for: "DNS:other.example.com"),
      selfSigned: try await maker.selfSigned("self", for: "DNS:hooks.example.com"),
      address: try await maker.issue("address", for: "IP:127.0.0.1"),
      underscore: try await maker.issue("underscore", for: "DNS:my_hooks.example.com"),
      wildcard: try await maker.issue("wildcard", for: "DNS:*.example.com"),
      commonName: try await maker.issue("hooks.example.com", for: nil),
      intermediate: try await maker.issueByIntermediate("by-good", days: 2),
      expiredIntermediate: try await maker.issueByIntermediate("by-expired", days: -1),
      missingIntermediate: try await maker.issueByIntermediate("by-missing", days: nil))
  }
}

/// Runs `openssl` in a directory of its own.
private struct CertificateMaker {
  private let directory: String

  init() throws {
    directory =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("tacohelp-certificates-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  func selfSigned(
    _ file: String, for name: String = "DNS:authority.example.com"
  ) async throws -> TestCertificates.Identity {
    let identity = identity(file)
    try await request(
      ["-x509", "-subj", "/CN=\(file)", "-days", "2", "-addext", "subjectAltName=\(name)"],
      key: identity.key, to: identity.certificate)
    return identity
  }

  /// For `hooks.example.com`, issued by an intermediate authority, whose certificate follows.
  ///
  /// - Parameter days: until the intermediate's expiry; nil: it is left out
  func issueByIntermediate(_ file: String, days: Int?) async throws -> TestCertificates.Identity {
    let authority = "\(file)-authority"
    let intermediate = try await issue(
      authority, for: nil, days: days ?? 2, extensions: "basicConstraints=critical,CA:TRUE")
    let identity = try await issue(file, for: "DNS:hooks.example.com", by: authority)
    if days != nil {
      let chain = try [identity, intermediate].map {
        try String(contentsOfFile: $0.certificate, encoding: .utf8)
      }
      try chain.joined().write(toFile: identity.certificate, atomically: true, encoding: .utf8)
    }
    return identity
  }

  /// - Parameters:
  ///   - file: also the common name
  ///   - issuer: the name of its files
  func issue(
    _ file: String, for name: String?, days: Int = 2, by issuer: String = "authority",
    extensions: String = ""
  ) async throws -> TestCertificates.Identity {
    let identity = identity(file)
    let authority = self.identity(issuer)
    let path = "\(directory)/\(file)"
    try await request(["-subj", "/CN=\(file)"], key: identity.key, to: "\(path).csr")
    let lines = [extensions] + (name.map { ["subjectAltName=\($0)"] } ?? [])
    try lines.joined(separator: "\n").appending("\n").write(
      toFile: "\(path).ext", atomically: true, encoding: .utf8)
    try await TestProcess.run(
      "openssl",
      [
        "x509", "-req", "-in", "\(path).csr", "-CA", authority.certificate, "-CAkey",
        authority.key, "-set_serial", String(UInt32.random(in: 1...UInt32.max)), "-days",
        String(days), "-extfile", "\(path).ext", "-out", identity.certificate,
      ])
    return identity
  }

  private func identity(_ file: String) -> TestCertificates.Identity {
    TestCertificates.Identity(
      certificate: "\(directory)/\(file).pem", key: "\(directory)/\(file).key")
  }

  private func request(_ words: [String], key: String, to output: String) async throws {
    try await TestProcess.run(
      "openssl",
      ["req"] + words + [
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
        "-out", output,
      ])
  }
}
