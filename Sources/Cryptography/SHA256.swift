import COpenSSL

/// The SHA-256 message digest (FIPS 180-4).
///
/// The functions throw ``CryptographyError`` if OpenSSL has no SHA-256 (a broken configuration,
/// remembered for the life of the process) or cannot allocate memory. No message makes them throw.
public enum SHA256 {
  /// The length of a digest, in bytes.
  public static let byteCount = 32

  private static let algorithm = DigestAlgorithm.fetch("SHA256")

  /// The 32-byte digest of a string's UTF-8 form.
  public static func digest(of text: String) throws(CryptographyError) -> [UInt8] {
    try digest(of: text.utf8)
  }

  /// The 32-byte digest of a sequence of bytes.
  ///
  /// Contiguous storage is read in place; anything else is first copied to an array.
  public static func digest(
    of bytes: some Sequence<UInt8>
  ) throws(CryptographyError) -> [UInt8] {
    let inPlace = bytes.withContiguousStorageIfAvailable { hash(UnsafeRawBufferPointer($0)) }
    return try (inPlace ?? Array(bytes).withUnsafeBytes(hash)).get()
  }

  private static func hash(
    _ bytes: UnsafeRawBufferPointer
  ) -> Result<[UInt8], CryptographyError> {
    algorithm.flatMap { algorithm in
      var succeeded = false
      let digest = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
        // With the algorithm already fetched this takes under half the time of EVP_Q_digest, which
        // fetches it anew on every call.
        succeeded =
          EVP_Digest(
            bytes.baseAddress, bytes.count, output.baseAddress, nil, algorithm.pointer, nil) == 1
        count = succeeded ? byteCount : 0
      }
      return succeeded ? .success(digest) : .failure(.lastOpenSSLError(from: "EVP_Digest"))
    }
  }
}
