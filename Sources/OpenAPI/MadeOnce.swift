import Synchronization

/// A value that is made when it is first needed, and kept. The work runs off the event loops, once, however
/// many wait for it.
package final class MadeOnce<Value: Sendable>: Sendable {
  private let make: @Sendable () throws -> Value
  private let task = Mutex<Task<Value, any Error>?>(nil)

  package init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

  /// Throws what `make` threw.
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
