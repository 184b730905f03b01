import Postgres

/// Tries what gives no row while concurrent transactions are in its way, a few times.
func retrying(_ body: () async throws -> Row?) async throws -> Row {
  for _ in 0..<4 {
    if let row = try await body() { return row }
  }
  throw HelpdeskError.busy
}
