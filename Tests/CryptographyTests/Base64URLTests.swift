import Cryptography
import Testing

@Suite("Base 64 for URLs")
struct Base64URLTests {
  @Test(
    "The RFC 4648 vectors encode and decode without padding",
    arguments: [
      ("", ""),
      ("f", "Zg"),
      ("fo", "Zm8"),
      ("foo", "Zm9v"),
      ("foob", "Zm9vYg"),
      ("fooba", "Zm9vYmE"),
      ("foobar", "Zm9vYmFy"),
    ])
  func rfc4648(plain: String, text: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == text)
    #expect(Base64URL.decode(text) == Array(plain.utf8))
  }

  @Test(
    "The last two symbols are minus and underscore",
    arguments: [
      ([0xfb, 0xef, 0xff], "--__"),
      ([0xff], "_w"),
      ([0xfb, 0xe0], "--A"),
      ([0x03, 0xe0], "A-A"),
      ([0x00, 0x0f, 0xbe], "AA--"),
    ] as [([UInt8], String)])
  func lastSymbols(bytes: [UInt8], text: String) {
    #expect(Base64URL.encode(bytes) == text)
    #expect(Base64URL.decode(text) == bytes)
  }

  @Test("Random bytes survive the round trip", arguments: 0...100)
  func roundTrip(count: Int) throws {
    let bytes = try RandomBytes.generate(count)
    let text = Base64URL.encode(bytes)
    #expect(text.utf8.count == (count * 4 + 2) / 3)
    #expect(Base64URL.decode(text) == bytes)
  }

  @Test(
    "A text the encoder would not write is refused",
    arguments: [
      // Lengths
      "Z", "A", "Zm9vY", "Zm9vA", "Zm9vYmFyZ",
      // Padding
      "=", "==", "====", "Zg==", "Zm8=", "Zg=", "Z=g", "Zm9v=", "Zm9v====",
      // Characters
      "Zm+v", "Zm/v", " Zg", "Zg ", "Zg\n", "Zm9v\n", "Zm.v", "Zm9\0", "Zé", "🌮", "    ",
      // Unused bits
      "Zh", "Zv", "Zm9", "Zm-", "Zm9vYh", "Zm9vYmF",
    ])
  func refusal(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }
}
