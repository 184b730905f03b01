import Cryptography
import Testing

@Suite("Base 64")
struct Base64Tests {
  @Test(
    "The RFC 4648 vectors encode and decode",
    arguments: [
      ("", ""),
      ("f", "Zg=="),
      ("fo", "Zm8="),
      ("foo", "Zm9v"),
      ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func rfc4648(plain: String, text: String) {
    #expect(Base64.encode(Array(plain.utf8)) == text)
    #expect(Base64.decode(text) == Array(plain.utf8))
  }

  @Test("The last two symbols are plus and slash")
  func lastSymbols() {
    #expect(Base64.encode([0xfb, 0xef, 0xff]) == "++//")
    #expect(Base64.decode("++//") == [0xfb, 0xef, 0xff])
  }

  @Test("Random bytes survive the round trip", arguments: 0...100)
  func roundTrip(count: Int) throws {
    let bytes = try RandomBytes.generate(count)
    let text = Base64.encode(bytes)
    #expect(text.utf8.count == (count + 2) / 3 * 4)
    #expect(Base64.decode(text) == bytes)
  }

  @Test(
    "A text the encoder would not write is refused",
    arguments: [
      // Lengths
      "Z", "A", "AA", "Zg", "Zm8", "Zm9vY", "Zm9vYg", "Zm9vYmE",
      // Padding
      "=", "==", "===", "====", "A===", "Z===", "Zg=", "Zg===", "Zm9v=", "Zm9v==", "Zm9v====",
      "Zg=a", "Z=g=", "=Zg=", "Zg==Zg==", "Zm8=Zm9v",
      // Characters
      "Zm9 ", " m9v", "Zm9\n", "Zm9v\n", "Zm9v\r\n", "\tZm9v", "    ", "Zm-v", "Zm_v", "----",
      "Zm9-", "Zg--", "Zm9.", "Zm9\0", "\0\0\0\0", "Zmé", "🌮", "Zm9vZm9v\n\n\n\n",
      // Unused bits
      "Zh==", "Zv==", "Zm9=", "Zm+=", "Zm//Zn==",
    ])
  func refusal(text: String) {
    #expect(Base64.decode(text) == nil)
  }
}
