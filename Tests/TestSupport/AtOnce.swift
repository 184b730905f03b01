/// Runs `body` this many times at once, with 0, 1, … and returns the results in the order they came.
@discardableResult
public func atOnce<R: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) async throws -> R
) async throws -> [R] {
  try await withThrowingTaskGroup(of: R.self) { group in
    for index in 0..<count { group.addTask { try await body(index) } }
    return try await group.reduce(into: []) { $0.append($1) }
  }
}
