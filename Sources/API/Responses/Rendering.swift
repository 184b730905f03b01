import Postgres

/// Runs `body`, which writes rows to an answer, and tells it how many bytes it may need. Few bytes
/// are written on this thread, many on another one, so that no other connection waits. The size of
/// a slice is estimated as its share of the whole result.
func render<Result>(_ rows: Slice<Rows>, _ body: @Sendable (_ capacity: Int) throws -> Result)
  async throws
  -> Result
{
  let bytes = rows.base.byteCount
  guard bytes > 256 << 10, !rows.isEmpty else { return try body(2048) }
  let share = bytes / rows.base.count * rows.count
  return try await withTaskExecutorPreference(globalConcurrentExecutor) { try body(share) }
}
