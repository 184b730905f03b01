import Postgres

/// The trace that the caller's request belongs to (W3C Trace Context).
public enum Trace {
  /// The request's `traceparent`, valid; nil where there is none.
  @TaskLocal public static var parent: String?

  // Events take it from here as they are written: a default of their table.
  static let set = Statement("select set_config('helpdesk.traceparent', $1, true)", .text)
}

extension PostgresPool {
  /// Runs a change as one unit. The events that it writes have the caller's `Trace.parent`.
  /// - Returns: what each of the queries returned
  func change(_ queries: Query...) async throws(PostgresError) -> [Rows] {
    guard let parent = Trace.parent else { return try await execute(UnitOfWork(.write, queries)) }
    let unit = UnitOfWork(.write, [Trace.set(.text(parent))] + queries)
    return Array(try await execute(unit).dropFirst())
  }
}
