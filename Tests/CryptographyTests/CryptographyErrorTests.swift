import COpenSSL
import Testing

@testable import Cryptography

@Suite("Cryptography errors")
struct CryptographyErrorTests {
  @Test("An algorithm that no provider offers fails with OpenSSL's reason")
  func unknownAlgorithm() {
    #expect(throws: CryptographyError.openSSL(operation: "EVP_MD_fetch", reason: "unsupported")) {
      try DigestAlgorithm.fetch("NO-SUCH-DIGEST").get()
    }
  }

  @Test("Reporting a failure empties the error queue, so that it is reported once")
  func reportedOnce() {
    _ = DigestAlgorithm.fetch("NO-SUCH-DIGEST")
    #expect(ERR_peek_error() == 0)
    #expect(
      CryptographyError.lastOpenSSLError(from: "test")
        == .openSSL(operation: "test", reason: "no reason given"))
  }

  @Test("An error of the operating system, which has no reason string, gives its error line")
  func systemError() {
    ERR_new()
    withVaList([]) { ERR_vset_error(ERR_LIB_SYS, 2, nil, $0) }
    let description = CryptographyError.lastOpenSSLError(from: "test").description
    #expect(description.hasPrefix("test failed: error:80000002:system library:"))
  }

  @Test("A description names what failed and why")
  func description() {
    #expect(
      CryptographyError.openSSL(operation: "EVP_Digest", reason: "unsupported").description
        == "EVP_Digest failed: unsupported")
    #expect(
      CryptographyError.countOutOfRange(count: -1, accepted: 0...16).description
        == "-1 bytes asked for, 0 to 16 accepted")
    #expect(
      CryptographyError.notAuthentic.description
        == "it was sealed with another key, for another place, or was changed")
  }
}
