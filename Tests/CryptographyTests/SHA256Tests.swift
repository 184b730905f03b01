import Cryptography
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  @Test(
    "The digest of a NIST example message is the published one",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func nistExample(message: String, digest: String) throws {
    #expect(try Hex.encode(SHA256.digest(of: message)) == digest)
  }

  // Not in the table above, because a run prints every argument.
  @Test("The digest of one million letters a is the published one")
  func nistLongExample() throws {
    let digest = try SHA256.digest(of: String(repeating: "a", count: 1_000_000))
    #expect(
      Hex.encode(digest) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("Every overload gives the same digest of the same bytes", arguments: ["", "abc", "taco 🌮"])
  func overloadsAgree(message: String) throws {
    let bytes = Array(message.utf8)
    let expected = try SHA256.digest(of: bytes)
    #expect(expected.count == SHA256.byteCount)
    #expect(try SHA256.digest(of: message) == expected)
    #expect(try SHA256.digest(of: bytes[...]) == expected)
    #expect(try SHA256.digest(of: message[...].utf8) == expected)
    #expect(try bytes.withUnsafeBytes { try SHA256.digest(of: $0) } == expected)
    #expect(try SHA256.digest(of: bytes.lazy.map { $0 }) == expected)
  }

  @Test("Tasks that share the algorithm all get the right digest")
  func concurrentUse() async throws {
    let expected = try SHA256.digest(of: "abc")
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          try (0..<1_000).allSatisfy { _ in try SHA256.digest(of: "abc") == expected }
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }
}
