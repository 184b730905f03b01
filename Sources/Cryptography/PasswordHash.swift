import COpenSSL
import Foundation

/// A salted hash of a password, computed with scrypt (RFC 7914) and stored in place of the password.
///
/// A password is the UTF-8 bytes of its string in Normalization Form C, as in RFC 8265, section 4.2: some
/// keyboards type "é" as one character and others as two. It has from 1 to 1,024 bytes,
/// ``passwordByteCounts``. In passwords of up to 64 bytes, zero bytes at the end do not count, because
/// the HMAC inside scrypt pads its key with zeros.
///
/// Hashing is deliberately slow and large: today's parameters take about a tenth of a second of processor
/// time and 32 MiB. A call blocks its thread; the caller limits how many run at once.
public struct PasswordHash: Sendable {
  /// The lengths of password that are accepted, in bytes of UTF-8.
  public static let passwordByteCounts = 1...1024

  private static let saltByteCount = 16
  private static let hashByteCount = 32

  private let parameters: ScryptParameters
  private let salt: [UInt8]
  private let hash: [UInt8]

  /// Stands in if there is no hash to verify a password against, and costs as much. No known password
  /// fits.
  public static let decoy = PasswordHash(
    parameters: .today, salt: [UInt8](repeating: 0, count: saltByteCount),
    hash: [UInt8](repeating: 0, count: hashByteCount))

  /// Hashes a password with a new random salt and today's parameters.
  ///
  /// - Throws: ``CryptographyError/countOutOfRange(count:accepted:)`` for a password whose length is not
  ///   among ``passwordByteCounts``, and ``CryptographyError/openSSL(operation:reason:)`` if OpenSSL has no
  ///   randomness or memory.
  public static func create(_ password: String) throws(CryptographyError) -> PasswordHash {
    try checkLength(of: password)
    let salt = try RandomBytes.generate(saltByteCount)
    let hash = try scrypt(
      password.precomposedStringWithCanonicalMapping, salt: salt, .today, byteCount: hashByteCount)
    return PasswordHash(parameters: .today, salt: salt, hash: hash)
  }

  /// True if a password is the one that was hashed, compared in constant time.
  ///
  /// Hashes from before passwords were normalized are of the password as it was typed then: composed,
  /// decomposed or as it is now. A password in ASCII has only one form and costs one hash.
  ///
  /// - Throws: The same errors as ``create(_:)``. A wrong password does not throw.
  public func verify(_ password: String) throws(CryptographyError) -> Bool {
    try Self.checkLength(of: password)
    var tried: [[UInt8]] = []
    for form in [
      password.precomposedStringWithCanonicalMapping, password,
      password.decomposedStringWithCanonicalMapping,
    ] where !tried.contains(Array(form.utf8)) {
      tried.append(Array(form.utf8))
      let candidate = try Self.scrypt(form, salt: salt, parameters, byteCount: hash.count)
      if constantTimeEqual(candidate, hash) { return true }
    }
    return false
  }

  /// True if any parameter is below today's: the password should then be hashed again when its owner next
  /// enters it.
  public var needsRehash: Bool {
    parameters.log2N < ScryptParameters.today.log2N || parameters.r < ScryptParameters.today.r
      || parameters.p < ScryptParameters.today.p
  }

  private static func checkLength(of password: String) throws(CryptographyError) {
    let count = password.utf8.count
    guard passwordByteCounts.contains(count) else {
      throw .countOutOfRange(count: count, accepted: passwordByteCounts)
    }
  }

  /// The scrypt function itself, for any password, salt and parameters that OpenSSL accepts.
  static func scrypt(
    _ password: String, salt: [UInt8], _ parameters: ScryptParameters, byteCount: Int
  ) throws(CryptographyError) -> [UInt8] {
    var succeeded = false
    let hash = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      succeeded =
        EVP_PBE_scrypt(
          password, password.utf8.count, salt, salt.count, 1 << parameters.log2N,
          UInt64(parameters.r), UInt64(parameters.p), UInt64(parameters.byteCount),
          output.baseAddress, byteCount) == 1
      count = succeeded ? byteCount : 0
    }
    guard succeeded else { throw .lastOpenSSLError(from: "EVP_PBE_scrypt") }
    return hash
  }
}

extension PasswordHash {
  /// The hash in the PHC string format, `$scrypt$ln=15,r=8,p=1$salt$hash`: `ln` is the binary
  /// logarithm of N, and salt and hash are in standard base 64 without padding.
  public var phc: String {
    let salt = Base64.encode(salt).prefix { $0 != "=" }
    let hash = Base64.encode(hash).prefix { $0 != "=" }
    return "$scrypt$ln=\(parameters.log2N),r=\(parameters.r),p=\(parameters.p)$\(salt)$\(hash)"
  }

  /// Reads a stored hash; returns nil if it is not exactly what ``phc`` would write.
  ///
  /// Refuses parameters outside `ln` 10 to 20, `r` 1 to 32 and `p` 1 to 16, those whose large
  /// vector (128·N·r bytes) would exceed 256 MiB, and those RFC 7914 forbids. A stored string can
  /// thus make ``verify(_:)`` take at most 128 times the work of today's parameters. Salt and hash
  /// have 16 and 32 bytes, as ``create(_:)`` makes them.
  public init?(phc text: String) {
    // Parsed loosely, then compared with the only valid spelling at the end: by bytes, because `==` also
    // accepts characters that are only canonically equivalent.
    let fields = text.utf8.split(maxSplits: 9) { "$,=".utf8.contains($0) }.map(Substring.init)
    guard fields.count == 9, let log2N = Int(fields[2]), let r = Int(fields[4]),
      let p = Int(fields[6]), let salt = Base64.decode("\(fields[7])=="),
      let hash = Base64.decode("\(fields[8])=")
    else { return nil }
    self.init(parameters: ScryptParameters(log2N: log2N, r: r, p: p), salt: salt, hash: hash)
    guard parameters.areAffordable, salt.count == Self.saltByteCount,
      hash.count == Self.hashByteCount, phc.utf8.elementsEqual(text.utf8)
    else { return nil }
  }
}

/// The cost parameters of scrypt, named as in RFC 7914, section 2; N by its binary logarithm.
struct ScryptParameters: Sendable {
  let log2N: Int
  let r: Int
  let p: Int

  /// The parameters of new hashes.
  static let today = ScryptParameters(log2N: 15, r: 8, p: 1)

  /// The memory that OpenSSL counts against its limit: N + 2 blocks for mixing, and p mixed ones.
  var byteCount: Int { 128 * r * ((1 << log2N) + 2 + p) }

  /// True if a stored hash may use these parameters: the bounds of ``PasswordHash/init(phc:)``.
  var areAffordable: Bool {
    (10...20).contains(log2N) && (1...32).contains(r) && (1...16).contains(p)
      && (128 * r) << log2N <= 256 << 20
      // N is below 2^(128·r / 8), as RFC 7914 demands: only r = 1 can break this.
      && log2N < 16 * r
  }
}
