import Postgres

/// Runs `body`, which writes rows to an answer, with the number of bytes that it may need. A few bytes
/// are written on this thread, many on another, so that no other connection waits. The size of a slice is
/// estimated as its share of the whole result.
func render<Result>(_ rows: Slice<Rows>, _ body: @Sendable (_ capacity: Int) throws -> Result)
  async throws
  -> Result
{
  let bytes = rows.base.byteCount
  guard bytes > 256 << 10, !rows.isEmpty else { return try body(2048) }
  let share = bytes / rows.base.count * rows.count
  return try await withTaskExecutorPreference(globalConcurrentExecutor) { try body(share) }
}
