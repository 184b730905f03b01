/// Waits until `condition` holds, asking again every 10 ms: no test sleeps otherwise.
///
/// - Parameters:
///   - what: what is waited for, for the error's text
///   - limit: how long to wait
/// - Throws: `TestError` when the time is over; whatever `condition` throws, at once.
public func eventually(
  _ what: String, within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws {
  let clock = ContinuousClock()
  let deadline = clock.now + limit
  while !(try await condition()) {
    guard clock.now < deadline else { throw TestError("not within \(limit): \(what)") }
    try await Task.sleep(for: .milliseconds(10))
  }
}
