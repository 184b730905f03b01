public import Postgres
import Synchronization

/// The API key that a request carries, and the key's organization.
public struct Principal: Sendable, Equatable {
  public var organization: OrganizationID
  public var key: APIKeyID
  public var plan: Organization.Plan
  public var scopes: APIKey.Scopes
}

/// The limiter's answer to a request.
public enum Admission: Sendable, Equatable {
  /// The key is unknown, revoked or expired.
  case unknownKey
  case refused(Principal, RateLimitStatus)
  case admitted(Principal, RateLimitStatus)
}

/// Looks keys up and counts their requests, in one unit of work for all requests that arrive together.
/// Requests that read a ticket share units of their own, which read the tickets too.
public struct AdmissionStore: Sendable {
  private let alone: Batcher<[UInt8], Admission>
  private let reading: Batcher<TicketPrefetch.Wanted, (Admission, FoundTicket?)>
  private let refused = KeysOverLimit()

  public init(_ pool: PostgresPool) {
    alone = Batcher(
      pool,
      unit: { hashes in UnitOfWork(.read, Self.query(hashes)) },
      split: { hashes, rows throws(PostgresError) in
        try Self.admissions(of: hashes, rows[0])
      })
    reading = Batcher(
      pool, largest: 32,
      unit: { wanted in
        // The admission comes last: it locks keys, and nobody should wait for those while tickets are
        // read.
        UnitOfWork(.read, TicketPrefetch.queries(wanted) + [Self.query(wanted.map(\.key))])
      },
      split: { wanted, rows throws(PostgresError) in
        let found = try TicketPrefetch.split(wanted.count, tickets: rows[0], comments: rows[1])
        let admissions = try Self.admissions(of: wanted.map(\.key), rows[2])
        return Array(zip(admissions, found))
      })
  }

  private static let admit = Statement(
    """
    select hash, org_id, key_id, plan, scopes, rate_limit, admitted, remaining, frees_at, at
      from helpdesk.admit($1, $2)
    """, .byteaArray, .int4Array)

  private static func query(_ hashes: [[UInt8]]) -> Query {
    var wants: [[UInt8]: Int32] = [:]
    for hash in hashes { wants[hash, default: 0] += 1 }
    return admit(.byteaArray(Array(wants.keys)), .int4Array(Array(wants.values)))
  }

  /// Admits or refuses the request that carries the key with this SHA-256.
  public func admit(_ hash: [UInt8]) async throws(PostgresError) -> Admission {
    try await alone(hash)
  }

  /// Admits the request and reads ahead a ticket of the key's organization. The ticket is nil if there is
  /// none, and if it was not read: it is long, or the key was over its limit a moment ago.
  public func admit(_ hash: [UInt8], reading ticket: TicketID) async throws(PostgresError)
    -> (Admission, FoundTicket?)
  {
    let wasRefused = refused.contains(hash)
    let (admission, found): (Admission, FoundTicket?)
    do throws(PostgresError) {
      (admission, found) =
        wasRefused
        ? (try await alone(hash), nil)
        : try await reading(TicketPrefetch.Wanted(key: hash, ticket: ticket))
    } catch {
      guard case .server = error, !error.isTransient else { throw error }
      // The unit was rolled back, so nothing is counted. One unreadable ticket must not fail the other
      // requests.
      (admission, found) = (try await alone(hash), nil)
    }
    switch admission {
    case .refused: if !wasRefused { refused.insert(hash) }
    case .admitted, .unknownKey: if wasRefused { refused.remove(hash) }
    }
    // The ticket was read before it was known whether the request may see it.
    guard case .admitted = admission else { return (admission, nil) }
    return (admission, found)
  }

  private static func admissions(of hashes: [[UInt8]], _ rows: Rows) throws(PostgresError)
    -> [Admission]
  {
    var answers: [[UInt8]: KeyAnswer] = [:]
    for row in rows {
      var columns = RowReader(row)
      let hash = try columns.bytea()
      answers[hash] = try KeyAnswer(&columns)
    }
    return hashes.map { hash in answers[hash]?.next() ?? .unknownKey }
  }

  /// The answer of `helpdesk.admit` for all requests with one key.
  private final class KeyAnswer {
    let principal: Principal
    private var limit: RateLimitStatus
    private var admitted: Int

    init(_ columns: inout RowReader) throws(PostgresError) {
      principal = Principal(
        organization: OrganizationID(stored: try columns.text()),
        key: APIKeyID(stored: try columns.text()),
        // The table allows no other plan. If it did, the lowest would be right.
        plan: Organization.Plan(rawValue: try columns.text()) ?? .free,
        scopes: APIKey.Scopes(try columns.textArray()))
      let rateLimit = try columns.int4()
      admitted = try columns.int4()
      limit = RateLimitStatus(
        limit: rateLimit, remaining: try columns.int4() + admitted,
        freesAt: try columns.timestamp(), at: try columns.timestamp())
    }

    /// Admits the first of the key's requests, as many as the limit allows.
    func next() -> Admission {
      guard admitted > 0 else { return .refused(principal, limit) }
      admitted -= 1
      limit.remaining -= 1
      return .admitted(principal, limit)
    }
  }
}
