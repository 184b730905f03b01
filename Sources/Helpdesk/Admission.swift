public import Postgres
import Synchronization

/// Who a request comes from.
public struct Principal: Sendable, Equatable {
  public var organization: OrganizationID
  public var key: APIKeyID
  public var plan: Organization.Plan
  public var scopes: APIKey.Scopes
}

/// Whether a request may go on.
public enum Admission: Sendable, Equatable {
  /// No such key, or it was revoked or has expired.
  case unknownKey
  case refused(Principal, RateLimit)
  case admitted(Principal, RateLimit)
}

/// Looks keys up and counts their requests: one unit of work for all requests that arrive together. Those
/// that read a ticket share units of their own, which bring the tickets along.
public struct AdmissionStore: Sendable {
  private let alone: Fold<[UInt8], Admission>
  private let reading: Fold<TicketsAhead.Wanted, (Admission, FoundTicket?)>
  private let refused = RefusedKeys()

  public init(_ pool: PostgresPool) {
    let usage = KeyUsage(pool)
    alone = Fold(
      pool,
      unit: { hashes in UnitOfWork(.read, Self.query(hashes)) },
      split: { hashes, rows throws(PostgresError) in
        try Self.admissions(of: hashes, rows[0], usage)
      })
    reading = Fold(
      pool, largest: 32,
      unit: { wanted in
        // The verdict last: it locks keys, for which nobody should wait while tickets are read.
        UnitOfWork(.read, TicketsAhead.queries(wanted) + [Self.query(wanted.map(\.key))])
      },
      split: { wanted, rows throws(PostgresError) in
        let found = try TicketsAhead.split(wanted.count, tickets: rows[0], comments: rows[1])
        let admissions = try Self.admissions(of: wanted.map(\.key), rows[2], usage)
        return Array(zip(admissions, found))
      })
  }

  private static let admit = Statement(
    """
    select hash, org_id, key_id, plan, scopes, rate_limit, admitted, remaining, frees_at, at,
           (last_used_at between at - interval '30 s' and at) is not true as is_stale
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

  /// The same, and reads a ticket of the key's organization ahead. Nil when there is none, and sometimes
  /// when there is one.
  public func admit(_ hash: [UInt8], reading ticket: TicketID) async throws(PostgresError)
    -> (Admission, FoundTicket?)
  {
    let wasRefused = refused.contains(hash)
    let (admission, found): (Admission, FoundTicket?)
    do throws(PostgresError) {
      (admission, found) =
        wasRefused
        ? (try await alone(hash), nil)
        : try await reading(TicketsAhead.Wanted(key: hash, ticket: ticket))
    } catch {
      guard case .server = error, !error.isTransient else { throw error }
      // Rolled back, and so not counted. One ticket that cannot be read must not fail those with it.
      (admission, found) = (try await alone(hash), nil)
    }
    switch admission {
    case .refused: if !wasRefused { refused.insert(hash) }
    case .admitted, .unknownKey: if wasRefused { refused.remove(hash) }
    }
    // It was read before anybody knew whether it may be.
    guard case .admitted = admission else { return (admission, nil) }
    return (admission, found)
  }

  private static func admissions(of hashes: [[UInt8]], _ rows: Rows, _ usage: KeyUsage)
    throws(PostgresError) -> [Admission]
  {
    var verdicts: [[UInt8]: Verdict] = [:]
    for row in rows {
      let verdict = try Verdict(row)
      verdicts[try row.bytea(0)] = verdict
      if try row.bool(10) { usage.note(verdict.principal) }
    }
    return hashes.map { hash in verdicts[hash]?.next() ?? .unknownKey }
  }

  /// What `helpdesk.admit` said of all the requests of one key.
  private final class Verdict {
    let principal: Principal
    private var limit: RateLimit
    private var admitted: Int

    init(_ row: Row) throws(PostgresError) {
      principal = Principal(
        organization: OrganizationID(stored: try row.text(1)),
        key: APIKeyID(stored: try row.text(2)),
        // The table allows no other; if it did, the least would be right.
        plan: Organization.Plan(rawValue: try row.text(3)) ?? .free,
        scopes: APIKey.Scopes(try row.textArray(4)))
      admitted = try row.int4(6)
      limit = RateLimit(
        limit: try row.int4(5), remaining: try row.int4(7) + admitted,
        freesAt: try row.timestamp(8), at: try row.timestamp(9))
    }

    /// The first of the key's requests are admitted, as many as there was room for.
    func next() -> Admission {
      guard admitted > 0 else { return .refused(principal, limit) }
      admitted -= 1
      limit.remaining -= 1
      return .admitted(principal, limit)
    }
  }
}
