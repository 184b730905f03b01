import Synchronization

/// A value that is made once, when it is first needed, off the event loops. Callers wait for it together.
package final class AsyncLazy<Value: Sendable>: Sendable {
  private let make: @Sendable () throws -> Value
  private let task = Mutex<Task<Value, any Error>?>(nil)

  package init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

  /// Throws what `make` throws.
  package var value: Value {
    get async throws {
      let task = task.withLock { task in
        let made = task ?? Task.detached { [make] in try make() }
        task = made
        return made
      }
      return try await task.value
    }
  }
}
