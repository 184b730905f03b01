import COpenSSL

/// A key for AES-256-GCM (NIST SP 800-38D), authenticated encryption with associated data.
///
/// Nobody without the key can read or change a sealed message. Each sealing draws a nonce of 96 random
/// bits; SP 800-38D, section 8.3, allows 2^32 sealings with one key.
public struct SealingKey: Sendable {
  /// The length of a key, in bytes.
  public static let byteCount = 32
  /// The number of bytes by which sealing lengthens a message: the nonce and the tag.
  public static let overhead = nonceCount + tagCount
  /// The longest message and the longest context, in bytes.
  public static let longest = 65_536

  static let nonceCount = 12
  private static let tagCount = 16

  private let bytes: [UInt8]

  /// Nil unless there are exactly 32 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// Seals a message.
  ///
  /// - Parameter context: Authenticated, but not part of the result; ``open(_:context:)`` needs the same.
  /// - Returns: The nonce, the encrypted message and the tag, one after another.
  /// - Throws: ``CryptographyError`` if message or context is too long, or OpenSSL fails.
  public func seal(
    _ message: [UInt8], context: [UInt8]
  ) throws(CryptographyError) -> [UInt8] {
    try seal(message, context: context, nonce: try RandomBytes.generate(Self.nonceCount))
  }

  /// A nonce must never be used twice: only tests choose it.
  func seal(
    _ message: [UInt8], context: [UInt8], nonce: [UInt8]
  ) throws(CryptographyError) -> [UInt8] {
    let operation = try GCM.begin(.seal, key: bytes, nonce: nonce)
    try operation.authenticate(context)
    let sealed = try operation.transform(message)
    return nonce + sealed + (try operation.tag(Self.tagCount))
  }

  /// Opens a message that ``seal(_:context:)`` sealed with the same key and context.
  ///
  /// - Throws: ``CryptographyError/notAuthentic`` if the key, the context or a bit of `sealed` differs.
  public func open(
    _ sealed: [UInt8], context: [UInt8]
  ) throws(CryptographyError) -> [UInt8] {
    guard sealed.count >= Self.overhead else { throw .notAuthentic }
    let operation = try GCM.begin(
      .open, key: bytes, nonce: Array(sealed.prefix(Self.nonceCount)))
    try operation.authenticate(context)
    let message = try operation.transform(
      Array(sealed.dropFirst(Self.nonceCount).dropLast(Self.tagCount)))
    try operation.verify(Array(sealed.suffix(Self.tagCount)))
    return message
  }
}
