import Cryptography
import Glibc
public import Postgres

/// Limits the passwords that may be tried: for an account from one address, from an address, and from
/// its network.
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
    /// When it was counted, of each subject.
    let moments: [Timestamp]
  }

  public enum Decision: Sendable {
    case allowed(Try)
    /// Whole seconds after which the next try is allowed, at least 1.
    case refused(retryAfter: Int)
  }

  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  private static let count = Statement(
    calling: "helpdesk.count_sign_in", .byteaArray, .int4Array)
  private static let most = Parameter.int4Array(
    [mostOfNetwork, mostOfAddress, mostOfAccount].map(Int32.init))

  /// Counts a try, or refuses it.
  /// - Parameters:
  ///   - account: the e-mail address as typed
  ///   - address: where the try comes from
  public func tryOnce(account: String, address: String) async throws -> Decision {
    let subjects = try Self.subjects(account: account, address: address)
    var moments: [Timestamp] = []
    for row in try await pool.write(Self.count(.byteaArray(subjects), Self.most)) {
      var columns = RowReader(row)
      let moment = try columns.timestampOrNull()
      if let seconds = try columns.int4OrNull() { return .refused(retryAfter: seconds) }
      if let moment { moments.append(moment) }
    }
    return .allowed(Try(subjects: subjects, moments: moments))
  }

  private static func subjects(account: String, address: String) throws -> [[UInt8]] {
    let source = Source(of: address)
    return try [
      "network\0\(source.network)", "address\0\(source.address)",
      "account\0\(folded(account))\0\(source.address)",
    ].map { try SHA256.digest(of: $0) }
  }

  /// The same for all addresses that `helpdesk.email_key` takes for one, and for a few more.
  static func folded(_ account: String) -> String {
    account.lowercased().uppercased().lowercased()
  }

  /// The part of an address that is counted as one, and its network.
  public struct Source: Sendable, Hashable {
    /// The first 64 bits of IPv6: who has one such address has all of them.
    public let address: String
    /// The first 48 bits of IPv6, 24 of IPv4.
    public let network: String

    public init(of text: String) {
      var (v4, v6) = (in_addr(), in6_addr())
      var bytes: [UInt8] = []
      if inet_pton(AF_INET, text, &v4) == 1 {
        bytes = withUnsafeBytes(of: v4) { Array($0) }
      } else if inet_pton(AF_INET6, text, &v6) == 1 {
        bytes = withUnsafeBytes(of: v6) { Array($0) }
        let isIPv4 = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10...11] == [0xff, 0xff]
        bytes = Array(isIPv4 ? bytes[12...] : bytes[..<8])
      }
      address = bytes.isEmpty ? text : Hex.encode(bytes)
      network = bytes.isEmpty ? text : Hex.encode(Array(bytes.prefix(bytes.count == 4 ? 3 : 6)))
    }
  }

  private static let forget = Statement(calling: "helpdesk.forget_sign_ins", .bytea)

  /// Forgets the account's tries, since the password was right.
  public func forget(_ allowed: Try) async throws {
    guard let account = allowed.subjects.last else { return }
    _ = try await pool.write(Self.forget(.bytea(account)))
  }

  private static let takeBack = Statement(
    calling: "helpdesk.take_back_sign_in", .byteaArray, .timestamptzArray)

  /// Makes a try uncounted whose password was never checked.
  public func takeBack(_ allowed: Try) async throws {
    _ = try await pool.write(
      Self.takeBack(.byteaArray(allowed.subjects), .timestamptzArray(allowed.moments)))
  }
}
