import Cryptography
import Helpdesk

/// Whether a password is right, and whether one may be chosen.
enum PasswordCheck {
  /// The accounts that the password fits. Where there is no account, or its hash is unreadable, a
  /// hash is computed all the same, so that the time does not tell.
  static func matching(
    _ accounts: [StaffAccount], _ password: String, for asker: PasswordTurns.Asker
  ) async throws -> [StaffAccount] {
    try await PasswordWork.run(for: asker) {
      let isUsable = PasswordHash.passwordByteCounts.contains(password.utf8.count)
      let readable = accounts.compactMap { account in
        PasswordHash(phc: account.passwordHash).map { (account: account, hash: $0) }
      }
      guard isUsable, !readable.isEmpty else {
        _ = try PasswordHash.decoy.verify(isUsable ? password : "x")
        return []
      }
      return try readable.filter { try $0.hash.verify(password) }.map(\.account)
    }
  }

  /// Whether the account's hash costs less than hashes cost today.
  static func isCheap(_ account: StaffAccount) -> Bool {
    PasswordHash(phc: account.passwordHash)?.needsRehash == true
  }

  /// The hash of a new password, in PHC string format.
  static func hash(_ password: String, for asker: PasswordTurns.Asker) async throws -> String {
    try await PasswordWork.run(for: asker) { try PasswordHash.create(password).phc }
  }

  /// What is wrong with a new password; nil when nothing is.
  static func fault(_ password: String, email: String) -> String? {
    if password.isEmpty { return "Enter a new password." }
    if password.unicodeScalars.count < 12 { return "Use at least 12 characters." }
    if !PasswordHash.passwordByteCounts.contains(password.utf8.count) {
      return "Use at most 1,024 bytes."
    }
    if password.lowercased() == email.lowercased() { return "Use something else than your e-mail." }
    return nil
  }
}
