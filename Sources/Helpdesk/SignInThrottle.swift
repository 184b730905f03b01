import Cryptography
public import Postgres

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How many passwords may be tried: by account and address together, and by address.
///
/// A try is counted before the password is looked at, in the statement that allows it, so that tries
/// at the same moment cannot slip through between counting and checking. A right password gives the
/// try back. Counting by account alone would let anybody lock anybody out.
public struct SignInThrottle: Sendable {
  public static let window = 15 * 60
  public static let mostOfAccount = 10
  public static let mostOfAddress = 100

  /// A try that was allowed, to be given back when the password was right.
  public struct Try: Sendable {
    let account: [UInt8]
    let address: [UInt8]
    let at: Timestamp
  }

  public enum Verdict: Sendable {
    case allowed(Try)
    /// Whole seconds after which the next try is allowed, at least 1.
    case refused(retryAfter: Int)
  }

  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

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

  private static let tryOnce = Statement(
    """
    with moment as materialized (select clock_timestamp() as at),
    account as (\(count("$1", most: mostOfAccount, from: "moment"))),
    address as (\(count("$2", most: mostOfAddress, from: "account"))),
    old as (
      delete from helpdesk.sign_in_attempts a
       using (select subject from helpdesk.sign_in_attempts
               where last_at < clock_timestamp() - interval '\(window) seconds'
                 and subject not in ($1, $2)
               order by last_at limit 10 for update skip locked) o
       where a.subject = o.subject
    )
    select (select at from address) as at
    """, .bytea, .bytea)

  private static let wait = Statement(
    """
    select coalesce(max(least(\(window), greatest(1, ceil(extract(epoch from
             a.hits[cardinality(a.hits) - m.most + 1] + interval '\(window) seconds'
             - clock_timestamp()))))), 1)::int4 as seconds
      from (values ($1::bytea, \(mostOfAccount)), ($2::bytea, \(mostOfAddress))) as m (subject, most)
      join helpdesk.sign_in_attempts a on a.subject = m.subject and cardinality(a.hits) >= m.most
    """, .bytea, .bytea)

  /// Counts a try, or refuses it. A refused one moves nothing but, where the account let it pass, the
  /// account's count.
  /// - Parameters:
  ///   - account: the e-mail address as typed
  ///   - address: where the try comes from
  public func tryOnce(account: String, address: String) async throws -> Verdict {
    let address = Self.network(of: address)
    let accountKey = try SHA256.digest(of: "account\0\(account.lowercased())\0\(address)")
    let addressKey = try SHA256.digest(of: "address\0\(address)")
    let parameters = (Parameter.bytea(accountKey), Parameter.bytea(addressKey))
    let rows = try await pool.write(Self.tryOnce(parameters.0, parameters.1))
    if let at = try rows.first?.timestampOrNull(0) {
      return .allowed(Try(account: accountKey, address: addressKey, at: at))
    }
    let wait = try await pool.read(Self.wait(parameters.0, parameters.1))
    return .refused(retryAfter: try wait.first?.int4(0) ?? 1)
  }

  /// Whoever has an IPv6 address has 2^64 of them: they count as one.
  static func network(of address: String) -> String {
    var parsed = in6_addr()
    guard inet_pton(AF_INET6, address, &parsed) == 1 else { return address }
    return withUnsafeBytes(of: parsed) { bytes in
      let isIPv4 = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
      return Hex.encode(Array(isIPv4 ? bytes[12...] : bytes[..<8]))
    }
  }

  private static let forgetAccount = Statement(
    "delete from helpdesk.sign_in_attempts where subject = $1", .bytea)
  private static let forgetTry = Statement(
    "update helpdesk.sign_in_attempts set hits = array_remove(hits, $2) where subject = $1", .bytea,
    .timestamptz)

  /// The password was right: the account begins anew, and the address has this try back.
  public func forget(_ allowed: Try) async throws {
    _ = try await pool.execute(
      UnitOfWork(
        .write, Self.forgetAccount(.bytea(allowed.account)),
        Self.forgetTry(.bytea(allowed.address), .timestamptz(allowed.at))))
  }
}
