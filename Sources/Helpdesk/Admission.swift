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

/// Looks keys up and counts their requests: one statement for all requests that arrive together.
public struct AdmissionStore: Sendable {
  private let fold: Fold<[UInt8], Admission>
  private let usage: KeyUsage

  public init(_ pool: PostgresPool) {
    let usage = KeyUsage(pool)
    self.usage = usage
    fold = Fold(
      pool,
      unit: { hashes in
        var wants: [[UInt8]: Int32] = [:]
        for hash in hashes { wants[hash, default: 0] += 1 }
        let keys = Array(wants.keys)
        return UnitOfWork(
          .read, Self.admit(.byteaArray(keys), .int4Array(keys.map { wants[$0, default: 0] })))
      },
      split: { hashes, rows throws(PostgresError) in
        try Self.admissions(of: hashes, rows[0], usage)
      })
  }

  private static let admit = Statement(
    """
    select hash, org_id, key_id, plan, scopes, rate_limit, admitted, remaining, frees_at, at,
           last_used_at is null or last_used_at < at - interval '30 s' as is_stale
      from helpdesk.admit($1, $2)
    """, .byteaArray, .int4Array)

  /// Admits or refuses the request that carries the key with this SHA-256.
  public func admit(_ hash: [UInt8]) async throws(PostgresError) -> Admission {
    try await fold(hash)
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
