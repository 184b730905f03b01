/// Base 16 (RFC 4648, section 8), with lower-case digits.
public enum Hex {
  /// Two lower-case digits for each byte, without a prefix or separators.
  public static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: 2 * bytes.count) { output in
      var count = 0
      for byte in bytes {
        output[count] = digit(byte >> 4)
        output[count + 1] = digit(byte & 0x0f)
        count += 2
      }
      return count
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
