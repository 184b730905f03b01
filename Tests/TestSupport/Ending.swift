/// Runs `body` and then `end`, also if `body` throws: its error says more than one of `end`.
public func ending<R>(
  with end: () async throws -> Void, _ body: () async throws -> R
) async throws -> R {
  let result: R
  do {
    result = try await body()
  } catch {
    try? await end()
    throw error
  }
  try await end()
  return result
}
