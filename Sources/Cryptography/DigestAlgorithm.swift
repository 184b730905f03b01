import COpenSSL

/// A message digest fetched from OpenSSL's providers (`EVP_MD`).
///
/// Fetching costs more than hashing a short message, so an algorithm is fetched once, kept in a
/// `static let`, and never freed.
struct DigestAlgorithm: @unchecked Sendable {
  // `EVP_MD` does not change once fetched, and OpenSSL allows threads to share it: that is what
  // makes the unchecked conformance sound.
  let pointer: OpaquePointer

  /// Fetches the algorithm that OpenSSL knows as `name`, such as `SHA256`.
  static func fetch(_ name: String) -> Result<DigestAlgorithm, CryptographyError> {
    guard let pointer = EVP_MD_fetch(nil, name, nil) else {
      return .failure(.lastOpenSSLError(from: "EVP_MD_fetch"))
    }
    return .success(DigestAlgorithm(pointer: pointer))
  }
}
