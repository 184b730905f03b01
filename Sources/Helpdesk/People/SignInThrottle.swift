import Cryptography
public import Postgres

/// Limits how many passwords may be tried: for an account from one address, from an address, and from its
/// network.
///
/// A try is counted before the password is checked, by the function that allows it, so that tries at
/// the same moment cannot slip through. A refused try writes nothing. A right password clears the
/// account's tries; the address's stay, since each costs a hash. Counting by account alone would let
/// anybody lock anybody out.
public struct SignInThrottle: Sendable {
  /// Tries in 15 minutes.
  public static let mostOfAccount = 10
  public static let mostOfAddress = 100
  public static let mostOfNetwork = 400

  /// A try that was allowed.
  public struct Try: Sendable {
    /// The SHA-256 of network, address and account. Their rows are locked in this order.
    let subjects: [[UInt8]]
    /// When the try was counted, for each subject.
    let moments: [Timestamp]
  }

  public enum Decision: Sendable {
    case allowed(Try)
    /// Whole seconds until the next try is allowed, at least 1.
    case refused(retryAfter: Int)
  }

  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  private static let count = Statement(
    calling: "helpdesk.count_sign_in", .byteaArray, .int4Array)
  private static let most = Parameter.int4Array(
    [mostOfNetwork, mostOfAddress, mostOfAccount].map(Int32.init))

  /// Counts a try or refuses it.
  /// - Parameters:
  ///   - account: the e-mail address as typed
  ///   - address: the address that the try comes from, in any one form
  ///   - network: the network of the address, in any one form
  public func tryOnce(account: String, address: String, network: String) async throws -> Decision {
    let subjects = try [
      "network\0\(network)", "address\0\(address)",
      "account\0\(Self.folded(account))\0\(address)",
    ].map { try SHA256.digest(of: $0) }
    var moments: [Timestamp] = []
    for row in try await pool.write(Self.count(.byteaArray(subjects), Self.most)) {
      var columns = RowReader(row)
      let moment = try columns.timestampOrNull()
      if let seconds = try columns.int4OrNull() { return .refused(retryAfter: seconds) }
      if let moment { moments.append(moment) }
    }
    return .allowed(Try(subjects: subjects, moments: moments))
  }

  /// The same for all addresses that `helpdesk.email_key` treats as one, and for a few more.
  static func folded(_ account: String) -> String {
    account.lowercased().uppercased().lowercased()
  }

  private static let forget = Statement(calling: "helpdesk.forget_sign_ins", .bytea)

  /// Forgets the account's tries, since the password was right.
  public func forget(_ allowed: Try) async throws {
    guard let account = allowed.subjects.last else { return }
    _ = try await pool.write(Self.forget(.bytea(account)))
  }

  private static let takeBack = Statement(
    calling: "helpdesk.take_back_sign_in", .byteaArray, .timestamptzArray)

  /// Takes back a try whose password was never checked.
  public func takeBack(_ allowed: Try) async throws {
    _ = try await pool.write(
      Self.takeBack(.byteaArray(allowed.subjects), .timestamptzArray(allowed.moments)))
  }
}
