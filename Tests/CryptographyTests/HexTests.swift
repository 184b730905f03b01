import Cryptography
import Testing

@Suite("Hexadecimal")
struct HexTests {
  @Test(
    "Bytes become two lower-case digits each",
    arguments: [
      ([], ""),
      ([0x00], "00"),
      ([0x09, 0x0a, 0x0f, 0x10, 0x99, 0xa0], "090a0f1099a0"),
      ([0xde, 0xad, 0xbe, 0xef, 0xff], "deadbeefff"),
    ] as [([UInt8], String)])
  func encode(bytes: [UInt8], text: String) {
    #expect(Hex.encode(bytes) == text)
  }
}
