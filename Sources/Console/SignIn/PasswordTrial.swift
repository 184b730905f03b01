import Helpdesk
import Logging
import Postgres

/// Trying a password: counted before it is looked at, checked when its turn comes, and not counted when
/// it never came out whether it was right.
struct PasswordTrial: Sendable {
  enum Outcome {
    /// Not empty: the accounts that the password fits.
    case right([StaffAccount])
    case wrong
    case refused(PageFault)
  }

  private let throttle: SignInThrottle
  private let logger: Logger

  init(_ pool: PostgresPool, logger: Logger) {
    throttle = SignInThrottle(pool)
    self.logger = logger
  }

  /// - Parameter accounts: finds those that it may be the password of
  func run(
    _ password: String, of email: String, _ visit: Visit,
    accounts: () async throws -> [StaffAccount]
  ) async throws -> Outcome {
    let allowed: SignInThrottle.Try
    switch try await throttle.tryOnce(account: email, address: visit.address) {
    case .allowed(let one): allowed = one
    case .refused(let seconds): return .refused(.tooManyTries(retryAfter: seconds))
    }
    do {
      let asker = PasswordTurns.Asker(account: email, address: visit.address)
      let right = try await PasswordCheck.matching(try await accounts(), password, for: asker)
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
