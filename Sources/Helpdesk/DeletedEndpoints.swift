public import Postgres

/// Deletes what deleted endpoints leave behind, a little at a time: one may have a million deliveries.
public struct DeletedEndpoints: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  private static let prune = Statement(calling: "helpdesk.prune_endpoints")

  /// Deletes at most 500 deliveries, with their attempts, and endpoints that have none left.
  /// - Returns: how many deliveries.
  public func prune() async throws(PostgresError) -> Int { try await pool.count(Self.prune()) }
}
