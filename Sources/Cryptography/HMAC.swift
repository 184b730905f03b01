import COpenSSL

/// The keyed-hash message authentication code (RFC 2104).
public enum HMAC {
  /// The 32-byte HMAC-SHA-256 of a message.
  ///
  /// - Parameters:
  ///   - key: The secret, of any length. RFC 2104 advises at least 32 bytes for SHA-256.
  ///   - message: The bytes to authenticate; may be empty.
  /// - Throws: ``CryptographyError`` if OpenSSL has no HMAC or SHA-256, or cannot allocate memory.
  public static func sha256(
    key: [UInt8], message: [UInt8]
  ) throws(CryptographyError) -> [UInt8] {
    // OpenSSL refuses a null key with a null message, and Swift does not promise that an empty
    // array lends a pointer. RFC 2104 pads keys with zeros, so a zero byte is the same key as none.
    let key = key.isEmpty ? [0] : key
    var succeeded = false
    let code = [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { output, count in
      succeeded =
        EVP_Q_mac(
          nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count,
          output.baseAddress, SHA256.byteCount, &count) != nil
      if !succeeded { count = 0 }
    }
    guard succeeded else { throw .lastOpenSSLError(from: "EVP_Q_mac") }
    return code
  }
}
