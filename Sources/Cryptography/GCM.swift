import COpenSSL

/// One run of AES-256-GCM: the associated data, then the text, then the tag.
struct GCM: ~Copyable {
  enum Direction: Int32 { case open, seal }

  fileprivate let context: OpaquePointer

  static func begin(
    _ direction: Direction, key: [UInt8], nonce: [UInt8]
  ) throws(CryptographyError) -> GCM {
    guard let context = EVP_CIPHER_CTX_new() else {
      throw .lastOpenSSLError(from: "EVP_CIPHER_CTX_new")
    }
    let operation = GCM(context: context)
    // GCM's nonce has 12 bytes unless told otherwise.
    guard EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, direction.rawValue, nil) == 1
    else { throw .lastOpenSSLError(from: "EVP_CipherInit_ex2") }
    return operation
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  /// Takes the associated data.
  func authenticate(_ data: [UInt8]) throws(CryptographyError) {
    try update(nil, data)
  }

  /// Encrypts or decrypts a text without changing its length.
  func transform(_ text: [UInt8]) throws(CryptographyError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: text.count)
    try update(&output, text)
    return output
  }

  /// The tag of what was sealed.
  func tag(_ count: Int) throws(CryptographyError) -> [UInt8] {
    var tag = [UInt8](repeating: 0, count: count)
    guard finish(), EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(count), &tag) == 1
    else { throw .lastOpenSSLError(from: "EVP_CipherFinal_ex") }
    return tag
  }

  /// Throws `notAuthentic` unless this is the tag of what was opened.
  func verify(_ tag: [UInt8]) throws(CryptographyError) {
    var tag = tag
    guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1 else {
      throw .lastOpenSSLError(from: "EVP_CIPHER_CTX_ctrl")
    }
    guard finish() else {
      ERR_clear_error()
      throw .notAuthentic
    }
  }

  private func update(
    _ output: UnsafeMutablePointer<UInt8>?, _ input: [UInt8]
  ) throws(CryptographyError) {
    // Without input, OpenSSL takes the call for the end.
    guard !input.isEmpty else { return }
    guard input.count <= SealingKey.longest else {
      throw .countOutOfRange(count: input.count, accepted: 0...SealingKey.longest)
    }
    var count: Int32 = 0
    guard EVP_CipherUpdate(context, output, &count, input, Int32(input.count)) == 1 else {
      throw .lastOpenSSLError(from: "EVP_CipherUpdate")
    }
  }

  private func finish() -> Bool {
    // GCM writes nothing at its end, but needs a place to write.
    var nothing = [UInt8](repeating: 0, count: 16)
    var count: Int32 = 0
    return EVP_CipherFinal_ex(context, &nothing, &count) == 1
  }
}
