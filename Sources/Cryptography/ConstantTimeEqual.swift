import COpenSSL

/// True if two byte strings are equal. The time that it takes does not depend on where they differ.
///
/// Compare secrets with this and never with `==`, whose early return tells an attacker how much of
/// a guess was right. Only the lengths can leak: different lengths are unequal at once.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
