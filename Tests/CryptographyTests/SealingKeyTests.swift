import Testing

@testable import Cryptography

@Suite("AES-256-GCM")
struct SealingKeyTests {
  struct Vector: CustomTestStringConvertible {
    let testDescription: String
    let key: String
    let nonce: String
    var context = ""
    var message = ""
    var sealed = ""
    let tag: String
  }

  private static let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
  private static let message = """
    d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
    1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255
    """
  private static let sealed = """
    522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
    8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad
    """

  /// Those with 256-bit keys and 96-bit nonces of "The Galois/Counter Mode of Operation (GCM)", the
  /// submission to NIST, appendix B.
  static let vectors = [
    Vector(
      testDescription: "test case 13, nothing", key: String(repeating: "0", count: 64),
      nonce: String(repeating: "0", count: 24), tag: "530f8afbc74536b9a963b4f1c4cb738b"),
    Vector(
      testDescription: "test case 14, a block", key: String(repeating: "0", count: 64),
      nonce: String(repeating: "0", count: 24), message: String(repeating: "0", count: 32),
      sealed: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"),
    Vector(
      testDescription: "test case 15, blocks", key: key, nonce: "cafebabefacedbaddecaf888",
      message: message, sealed: sealed, tag: "b094dac5d93471bdec1a502270e3cc6c"),
    Vector(
      testDescription: "test case 16, with context and a part of a block", key: key,
      nonce: "cafebabefacedbaddecaf888", context: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      message: String(message.prefix(120)), sealed: String(sealed.prefix(120)),
      tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
  ]

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0..<($0 + 2)]), radix: 16)
    }
  }

  @Test("The vectors of the submission to NIST", arguments: vectors)
  func vector(vector: Vector) throws {
    let key = try #require(SealingKey(Self.bytes(vector.key)))
    let (context, message) = (Self.bytes(vector.context), Self.bytes(vector.message))
    let box = Self.bytes(vector.nonce + vector.sealed + vector.tag)
    #expect(try key.seal(message, context: context, nonce: Self.bytes(vector.nonce)) == box)
    #expect(try key.open(box, context: context) == message)
  }

  private static func sample() throws -> (key: SealingKey, context: [UInt8], box: [UInt8]) {
    let key = try #require(SealingKey(try RandomBytes.generate(SealingKey.byteCount)))
    let context = Array("here".utf8)
    return (key, context, try key.seal(Array("a secret".utf8), context: context))
  }

  @Test("A bit changed anywhere, a byte more or less: it does not open")
  func tampering() throws {
    let (key, context, box) = try Self.sample()
    #expect(box.count == 8 + SealingKey.overhead)
    for index in box.indices {
      for bit in 0..<8 {
        var changed = box
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: CryptographyError.notAuthentic) { try key.open(changed, context: context) }
      }
    }
    for count in 0..<box.count {
      #expect(throws: CryptographyError.notAuthentic) {
        try key.open(Array(box.prefix(count)), context: context)
      }
    }
    #expect(throws: CryptographyError.notAuthentic) { try key.open(box + [0], context: context) }
    #expect(try key.open(box, context: context) == Array("a secret".utf8))
  }

  @Test("Another key or another context does not open it")
  func others() throws {
    let (key, context, box) = try Self.sample()
    let (otherKey, _, _) = try Self.sample()
    #expect(throws: CryptographyError.notAuthentic) { try otherKey.open(box, context: context) }
    for other in [[], Array("her".utf8), Array("there".utf8), context + [0]] {
      #expect(throws: CryptographyError.notAuthentic) { try key.open(box, context: other) }
    }
  }

  @Test("The same message is sealed differently each time")
  func nonces() throws {
    let (key, context, _) = try Self.sample()
    let boxes = try (0..<100).map { _ in try key.seal([1, 2, 3], context: context) }
    #expect(Set(boxes.map { Array($0.prefix(SealingKey.nonceCount)) }).count == 100)
    #expect(Set(boxes).count == 100)
  }

  @Test("A key has 32 bytes", arguments: [0, 16, 24, 31, 33, 64])
  func keyLength(count: Int) {
    #expect(SealingKey([UInt8](repeating: 7, count: count)) == nil)
  }

  @Test("A message or a context may have 65,536 bytes, and no more")
  func length() throws {
    let (key, _, _) = try Self.sample()
    let longest = [UInt8](repeating: 1, count: SealingKey.longest)
    let box = try key.seal(longest, context: longest)
    #expect(try key.open(box, context: longest) == longest)
    let error = CryptographyError.countOutOfRange(count: 65_537, accepted: 0...65_536)
    #expect(throws: error) { try key.seal(longest + [1], context: []) }
    #expect(throws: error) { try key.seal([], context: longest + [1]) }
  }
}
