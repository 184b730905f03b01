import CLibPQ
import Glibc
import Synchronization

/// Messages from any thread to one thread that sleeps in `epoll_wait`. It is woken only if it sleeps,
/// which saves a system call for every message that arrives while it is awake.
final class Inbox<Message: Sendable>: Sendable {
  private struct State {
    var messages: [Message] = []
    var receiverSleeps = false
    var isClosed = false
  }

  private let state = Mutex(State())
  /// An eventfd, readable once the receiver should wake.
  let descriptor: Int32

  /// Throws if the system has no file descriptor left.
  init() throws(PostgresError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    guard descriptor >= 0 else { throw .cannotConnect("no file descriptor left") }
  }

  deinit { close(descriptor) }

  /// False if the receiver is gone; then the message remains the caller's.
  @discardableResult
  func send(_ message: Message) -> Bool {
    let (isTaken, wake) = state.withLock { state in
      guard !state.isClosed else { return (false, false) }
      state.messages.append(message)
      defer { state.receiverSleeps = false }
      return (true, state.receiverSleeps)
    }
    if wake {
      var one: UInt64 = 1
      write(descriptor, &one, 8)
    }
    return isTaken
  }

  /// Called by the receiver when it ends: accepts no more messages, and returns those not received.
  func leave() -> [Message] {
    state.withLock { state in
      state.isClosed = true
      defer { state.messages = [] }
      return state.messages
    }
  }

  /// Moves all messages into `messages`, which must be empty and whose storage is used next. If there are
  /// none, notes that the receiver is about to sleep, and returns false.
  func receive(into messages: inout [Message]) -> Bool {
    state.withLock { state in
      if state.messages.isEmpty {
        state.receiverSleeps = true
        return false
      }
      swap(&state.messages, &messages)
      return true
    }
  }

  /// Called by the receiver when it wakes, so that senders skip the system call again.
  func wake() { state.withLock { $0.receiverSleeps = false } }

  /// Called by the receiver when the descriptor is readable.
  func drain() {
    var count: UInt64 = 0
    read(descriptor, &count, 8)
  }
}
