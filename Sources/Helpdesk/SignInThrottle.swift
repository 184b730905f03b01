import Cryptography
public import Postgres

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How many passwords may be tried: by account and address together, by address, and by the network
/// around it.
///
/// A try is counted before the password is looked at, in the statement that allows it, so that tries
/// at the same moment cannot slip through between counting and checking. A refused try writes
/// nothing. A right password clears the account's tries; the address's stay, since each costs a hash.
/// Counting by account alone would let anybody lock anybody out.
public struct SignInThrottle: Sendable {
  public static let window = 15 * 60
  public static let mostOfAccount = 10
  public static let mostOfAddress = 100
  public static let mostOfNetwork = 400

  /// A try that was allowed.
  public struct Try: Sendable {
    let subjects: Subjects
    /// When it was counted, of network, address and account.
    let moments: [Timestamp]
  }

  /// SHA-256 of what is counted.
  struct Subjects: Sendable {
    let network: [UInt8]
    let address: [UInt8]
    let account: [UInt8]
  }

  public enum Verdict: Sendable {
    case allowed(Try)
    /// Whole seconds after which the next try is allowed, at least 1.
    case refused(retryAfter: Int)
  }

  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  /// SQL: until when the subjects `$1` to `$3` have no try left; no row when all have.
  private static let exhausted = """
    select a.hits[cardinality(a.hits) - m.most + 1] + interval '\(window) seconds' as until
      from (values ($1::bytea, \(mostOfNetwork)), ($2::bytea, \(mostOfAddress)),
                   ($3::bytea, \(mostOfAccount))) as m (subject, most)
      join helpdesk.sign_in_attempts a on a.subject = m.subject
     where a.hits[cardinality(a.hits) - m.most + 1]
             > clock_timestamp() - interval '\(window) seconds'
    """

  /// SQL: counts a try of `subject` unless the last `most` of it lie within the window.
  private static func count(_ subject: String, most: Int, from source: String) -> String {
    """
    insert into helpdesk.sign_in_attempts as a (subject, hits, last_at)
    select \(subject), array[at], at from \(source)
    on conflict (subject) do update
       -- The clock again, under the row's lock: the try may have waited for it.
       set hits = a.hits[greatest(1, cardinality(a.hits) - \(most - 2)) :] || clock_timestamp(),
           last_at = clock_timestamp()
     where cardinality(a.hits) < \(most)
        or a.hits[cardinality(a.hits) - \(most - 1)]
             <= clock_timestamp() - interval '\(window) seconds'
    returning a.hits[cardinality(a.hits)] as at
    """
  }

  /// Rows are locked the widest first, here and wherever several are.
  private static let tryOnce = Statement(
    """
    with moment as materialized (
      select clock_timestamp() as at where not exists (\(exhausted))
    ),
    network as (\(count("$1", most: mostOfNetwork, from: "moment"))),
    address as (\(count("$2", most: mostOfAddress, from: "network"))),
    account as (\(count("$3", most: mostOfAccount, from: "address")))
    select network.at, address.at, account.at from network, address, account
    """, .bytea, .bytea, .bytea)

  private static let wait = Statement(
    """
    select coalesce(max(least(\(window), greatest(1,
             ceil(extract(epoch from until - clock_timestamp()))))), 1)::int4 as seconds
      from (\(exhausted)) as e
    """, .bytea, .bytea, .bytea)

  /// Counts a try, or refuses it.
  /// - Parameters:
  ///   - account: the e-mail address as typed
  ///   - address: where the try comes from
  public func tryOnce(account: String, address: String) async throws -> Verdict {
    let subjects = try Self.subjects(account: account, address: address)
    let parameters: (Parameter, Parameter, Parameter) = (
      .bytea(subjects.network), .bytea(subjects.address), .bytea(subjects.account)
    )
    let rows = try await pool.write(Self.tryOnce(parameters.0, parameters.1, parameters.2))
    if let row = rows.first {
      return .allowed(
        Try(
          subjects: subjects,
          moments: [try row.timestamp(0), try row.timestamp(1), try row.timestamp(2)]))
    }
    let wait = try await pool.read(Self.wait(parameters.0, parameters.1, parameters.2))
    return .refused(retryAfter: try wait.first?.int4(0) ?? 1)
  }

  private static func subjects(account: String, address: String) throws -> Subjects {
    let place = Place(of: address)
    return Subjects(
      network: try SHA256.digest(of: "network\0\(place.network)"),
      address: try SHA256.digest(of: "address\0\(place.address)"),
      account: try SHA256.digest(of: "account\0\(folded(account))\0\(place.address)"))
  }

  /// The same for all addresses that `helpdesk.email_key` takes for one, and for a few more.
  static func folded(_ account: String) -> String {
    account.lowercased().uppercased().lowercased()
  }

  /// What of an address counts as one, and what is around it.
  public struct Place: Sendable, Hashable {
    /// Of IPv6 the first 64 bits: whoever has one such address has all of them.
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

  private static let forgetAccount = Statement(
    "delete from helpdesk.sign_in_attempts where subject = $1", .bytea)

  /// The password was right: the account begins anew.
  public func forget(_ allowed: Try) async throws {
    _ = try await pool.write(Self.forgetAccount(.bytea(allowed.subjects.account)))
  }

  private static let takeBack = Statement(
    "update helpdesk.sign_in_attempts set hits = array_remove(hits, $2) where subject = $1", .bytea,
    .timestamptz)

  /// It never came out whether the password was right: the try did not happen.
  public func takeBack(_ allowed: Try) async throws {
    let (subjects, moments) = (allowed.subjects, allowed.moments)
    _ = try await pool.execute(
      UnitOfWork(
        .write, Self.takeBack(.bytea(subjects.network), .timestamptz(moments[0])),
        Self.takeBack(.bytea(subjects.address), .timestamptz(moments[1])),
        Self.takeBack(.bytea(subjects.account), .timestamptz(moments[2]))))
  }
}
