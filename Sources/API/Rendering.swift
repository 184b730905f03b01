import Hummingbird
import Postgres

/// Runs `body`, which writes rows to an answer, given the bytes it may need: here if they are few, and
/// else where no other connection waits for it.
func render(_ rows: Rows, _ body: @Sendable (_ capacity: Int) throws -> Response) async throws
  -> Response
{
  let bytes = rows.byteCount
  guard bytes > 256 << 10 else { return try body(2048) }
  return try await withTaskExecutorPreference(globalConcurrentExecutor) { try body(bytes) }
}
