import Cryptography
import Testing

@Suite("Constant-time comparison")
struct ConstantTimeEqualTests {
  @Test(
    "Byte strings are equal when their lengths and all their bytes are",
    arguments: [
      ([], [], true),
      ([0], [0], true),
      ([1, 2, 3], [1, 2, 3], true),
      ([1, 2, 3], [0, 2, 3], false),
      ([1, 2, 3], [1, 0, 3], false),
      ([1, 2, 3], [1, 2, 0], false),
      ([1, 2, 3], [1, 2], false),
      ([1, 2], [1, 2, 3], false),
      ([], [0], false),
      ([0], [], false),
      ([0x80], [0x00], false),
    ] as [([UInt8], [UInt8], Bool)])
  func comparison(a: [UInt8], b: [UInt8], equal: Bool) {
    #expect(constantTimeEqual(a, b) == equal)
  }
}
