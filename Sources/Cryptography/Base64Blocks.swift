import COpenSSL

/// OpenSSL's block codec for the standard base 64 alphabet, on which both encodings rest.
enum Base64Blocks {
  /// The character that fills the last quantum, `=`.
  static let padding = UInt8(ascii: "=")

  // OpenSSL counts in 32-bit integers, so longer input is passed in pieces of whole quanta.
  private static let quantaPerCall = 1 << 20

  /// The room ``encode(_:into:)`` needs, in bytes: the padded text and OpenSSL's terminating zero.
  static func encodingCapacity(of byteCount: Int) -> Int {
    (byteCount + 2) / 3 * 4 + 1
  }

  /// Writes the padded text of `bytes` to `output`, of ``encodingCapacity(of:)``, and returns the
  /// text's length.
  static func encode(_ bytes: [UInt8], into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
    bytes.withUnsafeBufferPointer { input in
      guard let source = input.baseAddress, let target = output.baseAddress else { return 0 }
      var written = 0
      for start in stride(from: 0, to: input.count, by: 3 * quantaPerCall) {
        let count = min(3 * quantaPerCall, input.count - start)
        written += Int(EVP_EncodeBlock(target + written, source + start, Int32(count)))
      }
      return written
    }
  }

  /// Decodes whole quanta of the standard alphabet, of which the last ends in `padding` fill
  /// characters; nil when the unused bits are not zero.
  ///
  /// The caller has checked every character: OpenSSL itself trims white space and `-`, and reads
  /// `=` as zero wherever it stands.
  static func decode(_ symbols: [UInt8], padding: Int) -> [UInt8]? {
    var isValid = false
    let bytes = [UInt8](unsafeUninitializedCapacity: symbols.count / 4 * 3) { output, count in
      count = decode(symbols, into: output)
      // OpenSSL does not discount the padding: the surplus bytes hold exactly the unused bits.
      let surplus = output.prefix(count).suffix(padding)
      isValid = count == symbols.count / 4 * 3 && surplus.allSatisfy { $0 == 0 }
      count -= surplus.count
    }
    return isValid ? bytes : nil
  }

  private static func decode(
    _ symbols: [UInt8], into output: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    symbols.withUnsafeBufferPointer { input in
      guard let source = input.baseAddress, let target = output.baseAddress else { return 0 }
      var written = 0
      for start in stride(from: 0, to: input.count, by: 4 * quantaPerCall) {
        let count = min(4 * quantaPerCall, input.count - start)
        let decoded = EVP_DecodeBlock(target + written, source + start, Int32(count))
        guard decoded >= 0 else { break }
        written += Int(decoded)
      }
      return written
    }
  }
}
