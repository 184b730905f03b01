public import Postgres

/// The answer of a change: a ticket, comment, conversation or message in the API's JSON.
public struct ChangeAnswer: Sendable {
  /// True if an earlier request with the same idempotency key made the change.
  public let isReplay: Bool
  public let id: String
  /// For a comment or message, when it was created.
  public let updatedAt: Timestamp
  let hasDueDeliveries: Bool
  private let json: RowReader

  /// - Parameter columns: `is_replay`, `answer`, `id`, `updated_at` and `has_due_deliveries`
  init(_ columns: inout RowReader) throws(PostgresError) {
    isReplay = try columns.bool()
    json = columns
    columns.skip()
    id = try columns.text()
    updatedAt = try columns.timestamp()
    hasDueDeliveries = try columns.bool()
  }

  /// The UTF-8 bytes of its JSON, an object, valid only while `body` runs.
  public func withJSON<R>(_ body: (UnsafeRawBufferPointer) -> R) throws(PostgresError) -> R {
    var json = json
    return try json.withText(body)
  }
}

extension PostgresPool {
  /// Calls a function that returns the columns of a `ChangeAnswer`.
  func answer(_ change: Query) async throws -> ChangeAnswer {
    var columns = try await call(change)
    return try ChangeAnswer(&columns)
  }
}
