import COpenSSL
import Testing

@testable import Cryptography

@Suite("Random bytes")
struct RandomBytesTests {
  @Test(
    "A draw has the length asked for, zero included",
    arguments: [0, 1, 16, 32, 1_000, RandomBytes.maximumCount])
  func length(count: Int) throws {
    #expect(try RandomBytes.generate(count).count == count)
  }

  @Test("Two draws differ")
  func drawsDiffer() throws {
    #expect(try RandomBytes.generate(32) != RandomBytes.generate(32))
  }

  @Test(
    "A count out of range is refused",
    arguments: [-1, Int.min, RandomBytes.maximumCount + 1, Int.max])
  func countOutOfRange(count: Int) {
    #expect(
      throws: CryptographyError.countOutOfRange(
        count: count, accepted: 0...RandomBytes.maximumCount)
    ) {
      try RandomBytes.generate(count)
    }
  }

  @Test("A generator that fails throws, and gives OpenSSL's reason")
  func generatorFails() throws {
    let context = try #require(OSSL_LIB_CTX_new())
    defer { OSSL_LIB_CTX_free(context) }
    // With no provider that matches, the context can build no generator.
    try #require(EVP_set_default_properties(context, "provider=none") == 1)
    let error = #expect(throws: CryptographyError.self) {
      try RandomBytes.generate(32, in: context)
    }
    guard case .openSSL(let operation, let reason) = error else {
      Issue.record("not an OpenSSL error: \(String(describing: error))")
      return
    }
    #expect(operation == "RAND_bytes_ex")
    #expect(reason == "unable to fetch drbg")
  }
}
