import Testing

@testable import Cryptography

@Suite("Password hashes")
struct PasswordHashTests {
  private static let salt = "8PHy8/T19vf4+fr7/P3+/w"
  private static let hash = "n5y9hrV80jPF5eBETbfKUkiKZk3DXkL+xiNruiraf+U"

  @Test(
    "The RFC 7914 vectors derive; the last takes 1 GiB",
    arguments: [
      (
        "", "", 4, 1, 1,
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
          + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
      ),
      (
        "password", "NaCl", 10, 8, 16,
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
          + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
      ),
      (
        "pleaseletmein", "SodiumChloride", 14, 8, 1,
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
          + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
      ),
      (
        "pleaseletmein", "SodiumChloride", 20, 8, 1,
        "2101cb9b6a511aaeaddbbe09cf70f881ec568d574a2ffd4dabe5ee9820adaa47"
          + "8e56fd8f4ba5d09ffa1c6d927c40f4c337304049e8a952fbcbf45c6fa77a41a4"
      ),
    ] as [(String, String, Int, Int, Int, String)])
  func rfc7914(
    password: String, salt: String, log2N: Int, r: Int, p: Int, derived: String
  ) throws {
    let parameters = ScryptParameters(log2N: log2N, r: r, p: p)
    let bytes = try PasswordHash.scrypt(
      password, salt: Array(salt.utf8), parameters, byteCount: 64)
    #expect(Hex.encode(bytes) == derived)
  }

  @Test(
    "Hashes made by Python's hashlib verify, and are written as they were read",
    arguments: [
      ("correct horse battery staple", "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash)"),
      (
        "correct horse battery staple",
        "$scrypt$ln=11,r=2,p=3$\(salt)$uO8xeIKw2DI3gdRLJlSbolf+PH7k4OckelH9+TZCRug"
      ),
      (
        "caf\u{e9}",
        "$scrypt$ln=10,r=8,p=1$\(salt)$AmMysa0Qkm849Fl+eBporHSHdf5ivEcwClAUPlzGcp0"
      ),
    ])
  func foreignHash(password: String, phc: String) throws {
    let stored = try #require(PasswordHash(phc: phc))
    #expect(stored.phc == phc)
    #expect(try stored.verify(password))
    #expect(try !stored.verify(password + " "))
    #expect(try !stored.verify("correct horse battery stapler"))
  }

  @Test("A new hash survives the round trip and knows its password")
  func roundTrip() throws {
    let created = try PasswordHash.create("correct horse battery staple")
    #expect(created.phc.hasPrefix("$scrypt$ln=15,r=8,p=1$"))
    #expect(created.phc.utf8.count == 88)
    #expect(!created.needsRehash)
    let stored = try #require(PasswordHash(phc: created.phc))
    #expect(stored.phc == created.phc)
    #expect(!stored.needsRehash)
    #expect(try stored.verify("correct horse battery staple"))
    #expect(try !stored.verify("Correct horse battery staple"))
  }

  @Test("Two hashes of one password differ in salt and hash")
  func salted() throws {
    let first = try PasswordHash.create("tacos").phc.split(separator: "$")
    let second = try PasswordHash.create("tacos").phc.split(separator: "$")
    #expect(first[1] == second[1])
    #expect(first[2] != second[2])
    #expect(first[3] != second[3])
  }

  @Test("The whole password counts, past a zero byte and to the last of 1,024")
  func wholePassword() throws {
    let zero = try PasswordHash.create("a\0b")
    #expect(try zero.verify("a\0b"))
    #expect(try !zero.verify("a\0c"))
    #expect(try !zero.verify("a"))
    let long = try PasswordHash.create(String(repeating: "a", count: 1024))
    #expect(try long.verify(String(repeating: "a", count: 1024)))
    #expect(try !long.verify(String(repeating: "a", count: 1023) + "b"))
  }

  @Test("Zero bytes at the end count from the 65th byte on, as in any HMAC key")
  func trailingZeros() throws {
    let short = try PasswordHash.create("tacos")
    #expect(try short.verify("tacos\0"))
    let long = try PasswordHash.create(String(repeating: "a", count: 65))
    #expect(try !long.verify(String(repeating: "a", count: 65) + "\0"))
  }

  @Test("A password fits in each of its Unicode forms, and in no other")
  func normalised() throws {
    let forms = ["caf\u{e9} \u{212b}", "cafe\u{301} A\u{30a}", "caf\u{e9} A\u{30a}"]
    for form in forms {
      let hash = try PasswordHash.create(form)
      for typed in forms { #expect(try hash.verify(typed)) }
      #expect(try !hash.verify("cafe \u{c5}"))
      #expect(try !hash.verify("CAF\u{c9} \u{c5}"))
    }
  }

  @Test(
    "A hash from before passwords were normalised still fits",
    arguments: ["caf\u{e9} tacos", "cafe\u{301} tacos"])
  func oldHash(typed: String) throws {
    let salt = [UInt8](repeating: 7, count: 16)
    let hash = try PasswordHash.scrypt(typed, salt: salt, .today, byteCount: 32)
    let phc =
      "$scrypt$ln=15,r=8,p=1$\(Base64.encode(salt).prefix { $0 != "=" })$"
      + Base64.encode(hash).prefix { $0 != "=" }
    let stored = try #require(PasswordHash(phc: phc))
    #expect(try stored.verify("caf\u{e9} tacos"))
    #expect(try stored.verify("cafe\u{301} tacos"))
    #expect(try !stored.verify("cafe tacos"))
  }

  @Test(
    "A password of no or too many bytes is refused, not hashed",
    arguments: [
      ("", 0),
      (String(repeating: "a", count: 1025), 1025),
      (String(repeating: "é", count: 513), 1026),
    ])
  func length(password: String, count: Int) throws {
    let stored = try #require(PasswordHash(phc: "$scrypt$ln=10,r=8,p=1$\(Self.salt)$\(Self.hash)"))
    let error = CryptographyError.countOutOfRange(count: count, accepted: 1...1024)
    #expect(throws: error) { try PasswordHash.create(password) }
    #expect(throws: error) { try stored.verify(password) }
  }

  @Test("Parameters that RFC 7914 forbids fail with OpenSSL's reason")
  func refusedByOpenSSL() {
    // OpenSSL's reason for an N of 2^(128·r / 8) or more.
    let reason = "memory limit exceeded"
    #expect(throws: CryptographyError.openSSL(operation: "EVP_PBE_scrypt", reason: reason)) {
      try PasswordHash.scrypt(
        "tacos", salt: [], ScryptParameters(log2N: 16, r: 1, p: 1), byteCount: 32)
    }
  }

  @Test(
    "Only parameters within the bounds are read; those below today's need a new hash",
    arguments: [
      ("ln=15,r=8,p=1", false), ("ln=16,r=8,p=1", false), ("ln=15,r=9,p=1", false),
      ("ln=15,r=8,p=2", false), ("ln=18,r=8,p=16", false), ("ln=16,r=32,p=16", false),
      ("ln=14,r=8,p=1", true), ("ln=15,r=7,p=1", true), ("ln=14,r=16,p=16", true),
      ("ln=20,r=2,p=1", true), ("ln=15,r=1,p=1", true), ("ln=10,r=1,p=1", true),
      // Out of bounds
      ("ln=9,r=8,p=1", nil), ("ln=21,r=1,p=1", nil), ("ln=10,r=0,p=1", nil),
      ("ln=10,r=33,p=1", nil), ("ln=10,r=8,p=0", nil), ("ln=10,r=8,p=17", nil),
      ("ln=0,r=8,p=1", nil), ("ln=-10,r=8,p=1", nil), ("ln=64,r=8,p=1", nil),
      ("ln=15,r=-8,p=1", nil), ("ln=15,r=8,p=-1", nil), ("ln=15,r=9223372036854775807,p=1", nil),
      ("ln=9223372036854775807,r=8,p=1", nil), ("ln=9223372036854775808,r=8,p=1", nil),
      // Too much memory
      ("ln=18,r=9,p=1", nil), ("ln=19,r=8,p=1", nil), ("ln=16,r=33,p=1", nil),
      ("ln=17,r=17,p=1", nil), ("ln=20,r=3,p=1", nil), ("ln=20,r=32,p=16", nil),
      // N too large for r
      ("ln=16,r=1,p=1", nil), ("ln=20,r=1,p=1", nil),
    ] as [(String, Bool?)])
  func bounds(parameters: String, needsRehash: Bool?) {
    let stored = PasswordHash(phc: "$scrypt$\(parameters)$\(Self.salt)$\(Self.hash)")
    #expect(stored?.needsRehash == needsRehash)
  }

  @Test(
    "A string not spelt as the encoder would is refused",
    arguments: [
      // Numbers
      "$scrypt$ln=010,r=8,p=1$\(salt)$\(hash)", "$scrypt$ln=+10,r=8,p=1$\(salt)$\(hash)",
      "$scrypt$ln=10,r=08,p=1$\(salt)$\(hash)", "$scrypt$ln=10,r=8,p=+1$\(salt)$\(hash)",
      "$scrypt$ln= 10,r=8,p=1$\(salt)$\(hash)", "$scrypt$ln=0xa,r=8,p=1$\(salt)$\(hash)",
      "$scrypt$ln=10.0,r=8,p=1$\(salt)$\(hash)", "$scrypt$ln=,r=8,p=1$\(salt)$\(hash)",
      "$scrypt$ln=10,r=٨,p=1$\(salt)$\(hash)", "$scrypt$ln=10,r=8,p=1\u{301}$\(salt)$\(hash)",
      // Names, order and separators
      "", "$", "$$$$", "$scrypt", "$scrypt$", "$scrypt$ln=10,r=8,p=1", "=========",
      "$scrypt$ln=10,r=8,p=1$\(salt)", "$scrypt$ln=10,r=8,p=1$\(salt)$",
      "$scrypt$ln=10,r=8,p=1$$\(hash)", "$scrypt$$\(salt)$\(hash)", "$scrypt$\(salt)$\(hash)",
      "scrypt$ln=10,r=8,p=1$\(salt)$\(hash)", "$$scrypt$ln=10,r=8,p=1$\(salt)$\(hash)",
      "$scrypt$ln=10,r=8,p=1$$\(salt)$\(hash)", "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash)$",
      "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash)$\(hash)", "$scrypt$ln=10,,r=8,p=1$\(salt)$\(hash)",
      "$scrypt$ln=10,r=8,p=1,$\(salt)$\(hash)", "$scrypt$ln=10,r=8,p=1,x=1$\(salt)$\(hash)",
      "$scrypt$ln=10$r=8$p=1$\(salt)$\(hash)", "$scrypt$ln==10,r=8,p=1$\(salt)$\(hash)",
      "$scrypt$ln=10,r=8,p=1,\(salt)$\(hash)", "=scrypt$ln=10,r=8,p=1$\(salt)$\(hash)",
      "$scrypt$r=8,ln=10,p=1$\(salt)$\(hash)", "$scrypt$ln=10,p=1,r=8$\(salt)$\(hash)",
      "$scrypt$n=10,r=8,p=1$\(salt)$\(hash)", "$scrypt$LN=10,r=8,p=1$\(salt)$\(hash)",
      "$Scrypt$ln=10,r=8,p=1$\(salt)$\(hash)", "$argon2id$ln=10,r=8,p=1$\(salt)$\(hash)",
      "$scrypt$v=1$ln=10,r=8,p=1$\(salt)$\(hash)", "$scrypt$ln=10, r=8, p=1$\(salt)$\(hash)",
      " $scrypt$ln=10,r=8,p=1$\(salt)$\(hash)", "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash)\n",
      "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash)\0", "$scrypt\0$ln=10,r=8,p=1$\(salt)$\(hash)",
      // Salt
      "$scrypt$ln=10,r=8,p=1$\(salt)==$\(hash)", "$scrypt$ln=10,r=8,p=1$\(salt)=$\(hash)",
      "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+/x$\(hash)",
      "$scrypt$ln=10,r=8,p=1$8PHy8_T19vf4-fr7_P3-_w$\(hash)",
      "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+$\(hash)",
      "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/A$\(hash)",
      "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+AAAA/w$\(hash)",
      "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+ w$\(hash)",
      // Hash
      "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash)=", "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash)A",
      "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash.dropLast())", "$scrypt$ln=10,r=8,p=1$\(salt)$n5w",
      "$scrypt$ln=10,r=8,p=1$\(salt)$AAAA\(hash)", "$scrypt$ln=10,r=8,p=1$\(salt)$\(salt)",
      "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash.dropLast(2))+V",
      "$scrypt$ln=10,r=8,p=1$\(salt)$\(hash.dropLast(2))-U",
      // KELVIN SIGN, which `==` considers equal to the letter K
      "$scrypt$ln=10,r=8,p=1$\(salt)$n5y9hrV80jPF5eBETbfKUki\u{212a}Zk3DXkL+xiNruiraf+U",
    ])
  func refusal(text: String) {
    #expect(PasswordHash(phc: text) == nil)
  }
}
