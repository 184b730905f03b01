import Cryptography
import Testing

@Suite("Issuers of certificates") struct CertificateIssuerTests {
  @Test(
    "What is no certificate has none",
    arguments: [[], [0x30], [0x30, 0x03, 1, 2, 3], [0x30, 0x84]])
  func garbage(bytes: [UInt8]) {
    #expect(!CertificateIssuer.isSubject(of: bytes))
  }
}
