import COpenSSL

/// Bytes from OpenSSL's cryptographically secure random generator, fit for keys and tokens.
public enum RandomBytes {
  /// The most bytes that one call returns: 65,536, the quota that the Web Cryptography API also sets.
  public static let maximumCount = 65_536

  /// Draws `count` unpredictable bytes.
  ///
  /// - Parameter count: The number of bytes, from zero to ``maximumCount``.
  /// - Throws: ``CryptographyError/countOutOfRange(count:accepted:)`` for another count, and
  ///   ``CryptographyError/openSSL(operation:reason:)`` if the generator fails, for instance for lack of
  ///   entropy. The bytes of a failed draw are never returned.
  public static func generate(_ count: Int) throws(CryptographyError) -> [UInt8] {
    try generate(count, in: nil)
  }

  /// Draws from the generator of an OpenSSL library context (`OSSL_LIB_CTX`); nil is the default one,
  /// with which `RAND_bytes_ex` behaves like `RAND_bytes`.
  static func generate(
    _ count: Int, in context: OpaquePointer?
  ) throws(CryptographyError) -> [UInt8] {
    let accepted = 0...maximumCount
    guard accepted.contains(count) else {
      throw .countOutOfRange(count: count, accepted: accepted)
    }
    var succeeded = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { output, initializedCount in
      succeeded = count == 0 || RAND_bytes_ex(context, output.baseAddress, count, 0) == 1
      initializedCount = succeeded ? count : 0
    }
    guard succeeded else { throw .lastOpenSSLError(from: "RAND_bytes_ex") }
    return bytes
  }
}
