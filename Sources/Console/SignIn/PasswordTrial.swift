import HTTPServer
import Helpdesk
import Logging

/// Tries a password. The try is counted before the password is checked, and taken back if the check could
/// not be made.
struct PasswordTrial: Sendable {
  enum Outcome {
    /// The accounts that the password fits, at least one.
    case right([StaffAccount])
    case wrong
    case refused(PageFault)
  }

  let throttle: SignInThrottle
  let logger: Logger

  /// - Parameter accounts: finds the accounts that the password may belong to
  func run(
    _ password: String, of email: String, _ visit: Visit,
    accounts: () async throws -> [StaffAccount]
  ) async throws -> Outcome {
    let block = AddressBlock(visit.address)
    let allowed: SignInThrottle.Try
    switch try await throttle.tryOnce(
      account: email, address: block.text, network: block.network)
    {
    case .allowed(let one): allowed = one
    case .refused(let seconds): return .refused(.tooManyTries(retryAfter: seconds))
    }
    do {
      let client = PasswordQueue.Client(account: email, address: visit.address)
      let right = try await Passwords.matching(try await accounts(), password, for: client)
      guard !right.isEmpty else { return .wrong }
      try await throttle.forget(allowed)
      return .right(right)
    } catch {
      await takeBack(allowed, visit)
      throw error
    }
  }

  private func takeBack(_ allowed: SignInThrottle.Try, _ visit: Visit) async {
    do {
      try await throttle.takeBack(allowed)
    } catch {
      logger.warning(
        "a try to sign in stays counted",
        metadata: ["request_id": .string(visit.requestID), "error": .string("\(error)")])
    }
  }
}
