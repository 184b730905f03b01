import Postgres

/// Runs `body`, which writes rows to an answer, given the bytes it may need: here if they are few, and
/// else where no other connection waits for it. Rows that came together with others' take their share.
func render<Result>(_ rows: Slice<Rows>, _ body: @Sendable (_ capacity: Int) throws -> Result)
  async throws
  -> Result
{
  let bytes = rows.base.byteCount
  guard bytes > 256 << 10, !rows.isEmpty else { return try body(2048) }
  let share = bytes / rows.base.count * rows.count
  return try await withTaskExecutorPreference(globalConcurrentExecutor) { try body(share) }
}
