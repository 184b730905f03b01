import Cryptography
import Testing

@Suite("HMAC")
struct HMACTests {
  static let rfc4231: [(name: String, key: [UInt8], message: [UInt8], code: String)] = [
    (
      "case 1", key: Array(repeating: 0x0b, count: 20), message: Array("Hi There".utf8),
      code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      "case 2, a key shorter than the digest", key: Array("Jefe".utf8),
      message: Array("what do ya want for nothing?".utf8),
      code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      "case 3", key: Array(repeating: 0xaa, count: 20),
      message: Array(repeating: 0xdd, count: 50),
      code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      "case 4", key: Array(1...25), message: Array(repeating: 0xcd, count: 50),
      code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      "case 5, truncated to 128 bits", key: Array(repeating: 0x0c, count: 20),
      message: Array("Test With Truncation".utf8), code: "a3b6167473100ee06e0c796c2955552b"
    ),
    (
      "case 6, a key longer than the block", key: Array(repeating: 0xaa, count: 131),
      message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      "case 7, key and message longer than the block", key: Array(repeating: 0xaa, count: 131),
      message: Array(
        """
        This is a test using a larger than block-size key and a larger than block-size data. The \
        key needs to be hashed before being used by the HMAC algorithm.
        """.utf8),
      code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ]

  @Test("The code of an RFC 4231 test case is the published one", arguments: rfc4231)
  func rfc4231Case(name: String, key: [UInt8], message: [UInt8], expected: String) throws {
    let code = try HMAC.sha256(key: key, message: message)
    #expect(code.count == 32)
    #expect(Hex.encode(Array(code.prefix(expected.utf8.count / 2))) == expected)
  }

  @Test(
    "An empty key and an empty message are authenticated like any other",
    arguments: [
      ("", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
      ("key", "", "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0"),
      ("", "message", "eb08c1f56d5ddee07f7bdf80468083da06b64cf4fac64fe3a90883df5feacae4"),
    ])
  func emptyParts(key: String, message: String, code: String) throws {
    #expect(try Hex.encode(HMAC.sha256(key: Array(key.utf8), message: Array(message.utf8))) == code)
  }
}
